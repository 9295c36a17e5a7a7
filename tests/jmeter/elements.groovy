// Asks JMeter's own classes: functions in texts, post-processors and assertions on a sample. FILE holds the cases, and
// gets what JMeter says into each of them. Run by `python -m tests.jmeter.elements`.
import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import org.apache.jmeter.assertions.Assertion
import org.apache.jmeter.engine.util.CompoundVariable
import org.apache.jmeter.protocol.http.sampler.HTTPSampleResult
import org.apache.jmeter.testelement.property.*
import org.apache.jmeter.threads.JMeterContextService
import org.apache.jmeter.threads.JMeterVariables
import org.apache.jmeter.util.JMeterUtils

def home = args[0]
JMeterUtils.setJMeterHome(home)
JMeterUtils.loadJMeterProperties(home + "/bin/jmeter.properties")
JMeterUtils.initLocale()
JMeterUtils.setProperty("search_paths", home + "/lib/ext/ApacheJMeter_functions-5.6.3.jar")

def property(key, value) {
    if (value instanceof List) {
        def all = new CollectionProperty(key, [])
        value.each { all.addItem(it) }
        return all
    }
    if (value instanceof Integer) return new IntegerProperty(key, value)
    return value instanceof Boolean ? new BooleanProperty(key, value) : new StringProperty(key, value)
}

def context(variables) {
    def held = new JMeterVariables()
    variables.each { key, value -> held.put(key, value) }
    def context = JMeterContextService.context
    context.samplerContext.clear()
    context.variables = held
    context.samplingStarted = true
    return context
}

def own(context) {
    context.variables.entrySet().findAll { !it.key.startsWith("START.") && !it.key.startsWith("JMeterThread.") &&
        it.key != "TESTSTART.MS" && it.value != null }.collectEntries { [it.key, it.value] }.sort()
}

def cases = new JsonSlurper().parse(new File(args[1]))
cases.texts.each { each ->
    context(cases.variables)
    try {
        def text = new CompoundVariable(each.text)
        each.expected = text.hasFunction() ? text.execute() : each.text
    } catch (Exception failure) {
        each.expected = "error: " + failure.class.name
    }
}
cases.rules.each { each ->
    def context = context(each.variables ?: [:])
    def sample = new HTTPSampleResult()
    sample.setResponseData(each.body, "UTF-8")
    sample.setResponseCode("200")
    sample.setResponseMessage("OK")
    sample.setSuccessful(true)
    sample.setResponseHeaders(each.headers ?: "HTTP/1.1 200 OK\nContent-Type: text/plain\n")
    context.previousResult = sample
    def element = Class.forName(each.kind).getDeclaredConstructor().newInstance()
    each.properties.each { key, value -> element.setProperty(property(key, value)) }
    element.threadContext = context
    if (element instanceof Assertion) {
        def result = element.getResult(sample)
        each.expected = [failed: result.failure || result.error]
    } else {
        element.process()
        each.expected = [variables: own(context)]
    }
}
new File(args[1]).text = JsonOutput.toJson(cases)
