import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;
import java.time.Duration;

/** The work of the property `kind`: get, scenario, idle or open. */
public class GatlingBench extends Simulation {
  private static final String PATH = System.getProperty("path");
  private static final Duration LENGTH = Duration.ofSeconds(Integer.getInteger("seconds"));

  private static ChainBuilder get() {
    return exec(http("get").get(PATH).check(status().is(200)));
  }

  private static ChainBuilder scenarioOfTwo() {
    return exec(http("list").get(PATH).check(status().is(200), jsonPath("$.items[3].id").saveAs("id")))
        .exitHereIfFailed()
        .exec(http("item").get(PATH + "/#{id}").check(status().is(200), jsonPath("$.id").isEL("#{id}")));
  }

  {
    String kind = System.getProperty("kind");
    int users = Integer.getInteger("users");
    ChainBuilder work = kind.equals("scenario") ? scenarioOfTwo() : get();
    ChainBuilder journey;
    if (kind.equals("idle")) {
      journey = work.pause(LENGTH);
    } else if (kind.equals("open") || Boolean.getBoolean("once")) {
      journey = work;
    } else {
      journey = during(LENGTH).on(work);
    }
    OpenInjectionStep injection =
        kind.equals("open") ? constantUsersPerSec(Integer.getInteger("rate")).during(LENGTH) : atOnceUsers(users);
    var protocol = http.baseUrl(System.getProperty("origin")).disableWarmUp();
    // Each start of the open model is a user of its own to Gatling; they share connections, as a service's clients do.
    if (kind.equals("open")) protocol = protocol.shareConnections();
    setUp(scenario("users").exec(journey).injectOpen(injection)).protocols(protocol);
  }
}
