import static io.gatling.javaapi.core.CoreDsl.*;
import static io.gatling.javaapi.http.HttpDsl.*;

import io.gatling.javaapi.core.*;
import java.time.Duration;

/** One GET, its status checked. */
public class GatlingGet extends Simulation {
  {
    int users = Integer.getInteger("users");
    var get = exec(http("get").get(System.getProperty("path")).check(status().is(200)));
    var journey = Boolean.getBoolean("once") ? get : during(Duration.ofSeconds(Integer.getInteger("seconds"))).on(get);
    setUp(scenario("users").exec(journey).injectOpen(atOnceUsers(users)))
        .protocols(http.baseUrl(System.getProperty("origin")));
  }
}
