//! A whole run without Python: journeys are lists of operations, the server is a thread.

use std::cell::Cell;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::rc::Rc;
use std::thread;

use penstock_core::host::{Ended, Host, Operation, Reply, Request, Response, Resume, Step};
use penstock_core::plan::Plan;
use penstock_core::run::Run;
use serde_json::{Value, json};
use tokio::runtime::{Builder, LocalOptions};

/// Asks a URL so many times; `panics` breaks instead.
struct Lists {
    url: String,
    times: usize,
    panics: bool,
}

struct Asked(String);

#[derive(Clone)]
struct Got(Rc<Response<Vec<u8>>>);

impl Operation for Asked {
    fn request(&self) -> Request<'_> {
        Request {
            method: "GET",
            url: &self.0,
            name: Some("x"),
            headers: &[],
            body: None,
            timeout_s: None,
            max_redirects: None,
            expected_status: None,
            wish: None,
            handling: None,
            tags: &[],
        }
    }
}

impl Reply for Got {
    fn raw_head(&self) -> &[u8] {
        &self.0.raw_head
    }

    fn with_body(&self, use_body: &mut dyn FnMut(&[u8])) {
        use_body(self.0.body.as_deref().unwrap_or_default());
    }
}

impl Host for Lists {
    type User = u64;
    type Coroutine = Cell<usize>;
    type Operation = Asked;
    type Body = Vec<u8>;
    type Reply = Got;

    fn user(&self, index: u64) -> u64 {
        index
    }

    fn forget(&self, _: &u64) {}

    fn start(&self, _: usize, _: &u64, _: u64) -> Result<Self::Coroutine, Ended> {
        Ok(Cell::new(0))
    }

    fn resume(&self, asked: &Self::Coroutine, with: Resume<Got>) -> Step<Asked> {
        assert!(!self.panics, "as it was told to");
        if let Resume::Reply(got) = with {
            assert_eq!((got.0.status, got.0.body.as_deref()), (200, Some(b"ok".as_slice())));
        }
        if asked.get() == self.times {
            return Step::Ended(Ended::Returned { extra_pause_s: 0.0 });
        }
        asked.set(asked.get() + 1);
        Step::Request(Asked(self.url.clone()))
    }

    fn close(&self, _: Self::Coroutine) {}

    fn place(&self, _: &Self::Coroutine) -> String {
        String::new()
    }

    fn body(&self, bytes: &[u8]) -> Vec<u8> {
        bytes.to_vec()
    }

    fn reply(&self, _: &Asked, response: Response<Vec<u8>>) -> Got {
        Got(Rc::new(response))
    }

    fn is_interrupted(&self) -> bool {
        false
    }
}

/// A server that answers `ok` for ever; gives its URL.
fn server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.expect("a client");
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while connection.read(&mut buffer).is_ok_and(|length| length > 0) {
                    let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
                }
            });
        }
    });
    url
}

/// A load of so many users, or what `load` says instead.
fn plan(users: u32, load: &Value) -> Plan {
    let mut plan = json!({
        "version": 1,
        "segment": {"index": 0, "of": 1},
        "seed": 0, "warm_up_s": 0, "cool_down_s": null,
        "journeys": [{"name": "main"}],
        "populations": [{
            "name": "all", "mix": "users", "pace_spread": 0, "shares": [{"journey": 0, "weight": 1}],
            "load": {
                "model": "users", "phases": [{"start": users, "end": users, "duration_s": 20}], "spacing": "even",
                "max_users": null, "patience_s": 0, "iterations_per_user": 2, "iterations_total": null,
                "pause_s": 0, "pacing_s": 0, "thinks": "on", "think_deviation": 0, "new_users": 0, "grace_s": 5
            }
        }],
        "http": {
            "base_url": null, "retarget": null, "timeout_s": 5, "max_redirects": 10, "user_agent": "test",
            "accept_encoding": "gzip", "cookies": "user", "verify_tls": true, "max_body_bytes": 1000
        },
        "limits": {"series": 10, "errors_per_series": 10, "samples": 10}
    });
    let usual = plan["populations"][0]["load"].as_object_mut().expect("a load");
    usual.extend(load.as_object().expect("changes").clone());
    Plan::read(plan.to_string().as_bytes()).expect("a valid plan")
}

/// Runs to the end and gives the frames.
fn run(host: Lists, plan: &Plan) -> Vec<Value> {
    let (ours, theirs) = UnixStream::pair().expect("a pair");
    let reader = thread::spawn(move || {
        let mut ours = ours;
        let mut frames = Vec::new();
        let mut length = [0; 4];
        while ours.read_exact(&mut length).is_ok() {
            let mut json = vec![0; u32::from_be_bytes(length) as usize];
            ours.read_exact(&mut json).expect("a whole frame");
            frames.push(serde_json::from_slice(&json).expect("JSON"));
        }
        frames
    });
    let runtime = Builder::new_current_thread().enable_io().build_local(LocalOptions::default()).expect("a runtime");
    runtime.block_on(async {
        let run = Rc::new(Run::new(host, plan, theirs.into()).expect("prepared"));
        run.run().await.expect("runs");
    });
    drop(runtime);
    reader.join().expect("frames")
}

#[test]
fn journeys_need_no_python() {
    let frames = run(Lists { url: server(), times: 3, panics: false }, &plan(4, &json!({})));
    let (end, snapshots) = frames.split_last().expect("frames");
    assert_eq!(end, &json!({"type": "end", "reason": "finished", "message": null}));
    let series = snapshots[0]["series"].as_array().expect("series");
    let counts: Vec<_> = series.iter().map(|one| (one["name"].as_str(), one["count"].as_u64())).collect();
    assert_eq!(counts, [(Some("main"), Some(8)), (Some("x"), Some(24))]);
    assert_eq!(snapshots[0]["iterations"]["finished"], 8);
}

#[test]
fn a_loop_that_breaks_says_so_and_ends() {
    let frames = run(Lists { url: String::new(), times: 1, panics: true }, &plan(2, &json!({})));
    let end = frames.last().expect("an end");
    assert_eq!(end["reason"], "failed");
    assert!(end["message"].as_str().expect("a message").contains("fault in Penstock"));
}

#[test]
fn every_start_is_made_where_some_are_due_in_the_same_nanosecond() {
    let load = json!({
        "model": "arrivals", "phases": [{"start": 1e7, "end": 1e7, "duration_s": 20}], "spacing": "poisson",
        "max_users": 3, "patience_s": 20, "iterations_per_user": null, "iterations_total": 5000
    });
    let frames = run(Lists { url: String::new(), times: 0, panics: false }, &plan(0, &load));
    let (end, snapshots) = frames.split_last().expect("frames");
    assert_eq!(end["reason"], "finished");
    let finished: u64 = snapshots.iter().filter_map(|one| one["iterations"]["finished"].as_u64()).sum();
    assert_eq!(finished, 5000);
}
