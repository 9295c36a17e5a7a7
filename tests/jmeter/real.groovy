// Runs test plans one after the other by JMeter's own command, in one machine: GroovyMain real.groovy FOLDER OPTION…
// FOLDER holds a folder NAME a plan, with plan.jmx; its results are laid beside it. "RUN NAME" is written before each one
// and waits for a line, so that the caller can make its server ready; "RAN NAME" is written behind it.
import org.apache.jmeter.JMeter
import org.apache.jmeter.threads.JMeterContextService

def folder = new File(args[0])
def options = args.drop(1) as List
def orders = System.in.newReader()
def told = System.out
folder.listFiles().findAll { it.directory }.sort().each { place ->
    def name = place.name
    def plan = new File(place, "plan.jmx")
    told.println("RUN " + name)
    told.flush()
    if (orders.readLine() == null) System.exit(1)
    def said = new ByteArrayOutputStream()
    System.setOut(new PrintStream(said, true))
    def results = new File(place, "results.jtl").path
    new JMeter().start((["-n", "-t", plan.path, "-l", results, "-j", new File(folder, "jmeter.log").path] + options) as String[])
    // The command returns while its engine runs; the end of the engine's own thread would be the end of the machine.
    def until = System.nanoTime() + 30_000_000_000L
    while (!said.toString().contains("... end of run") || JMeterContextService.testStartTime != 0) {
        if (System.nanoTime() > until) {
            told.println("HANGS " + name + ": " + said)
            told.flush()
            Runtime.runtime.halt(1)
        }
        Thread.sleep(5)
    }
    told.println("RAN " + name)
    told.flush()
}
Runtime.runtime.halt(0)
