//! Requests of samples: what they stand for, and when nobody knows.

use serde_json::{Value, json};

use super::calls::{call, jaeger, otlp};
use super::messages::protobuf;
use super::*;

/// A hundred requests with a child each; `mark` changes the span of each, told its number and whether it is the root.
fn hundred(mark: impl Fn(usize, bool, &mut Value)) -> Value {
    let one = |index: i64| call("a", index * 100, index * 100 + 10, [call("b", index * 100 + 1, index * 100 + 5, [])]);
    let mut request = otlp(&(0..100).map(one).collect::<Vec<_>>());
    for (index, resource) in request["resourceSpans"].as_array_mut().unwrap().iter_mut().enumerate() {
        mark(index / 2, index % 2 == 0, &mut resource["scopeSpans"][0]["spans"][0]);
    }
    request
}

fn attribute(key: &str, value: Value) -> Value {
    let kind = match &value {
        Value::String(_) => "stringValue",
        Value::Bool(_) => "boolValue",
        Value::Number(number) if number.is_f64() => "doubleValue",
        _ => "intValue",
    };
    json!({ "key": key, "value": { kind: value } })
}

fn weights(weights: Weights) -> Options {
    Options { weights, ..Options::default() }
}

fn key(key: &str) -> Options {
    weights(Weights::Key(key.to_owned()))
}

/// In both encodings.
fn read(value: &Value, options: &Options) -> Known {
    let [json, binary] =
        [value.to_string().into_bytes(), protobuf(value)].map(|content| known(in_file(content, options)));
    assert_eq!(json, binary);
    json
}

#[test]
fn thresholds_rates_and_probabilities_tell_weights() {
    let root_alone = |attributes: Vec<Value>| {
        hundred(move |_, is_root, span| {
            if is_root {
                span["attributes"] = attributes.clone().into();
            }
        })
    };
    let threshold = |threshold: &str| {
        let state = format!("other=th:8, ot=rv:6e6d1a75832a2f;{threshold},more=1");
        hundred(move |_, _, span| span["traceState"] = state.clone().into())
    };
    for (value, source, weight) in [
        (threshold("th:c"), Some("ot=th"), 4.0),
        (threshold("th:fd70a4"), Some("ot=th"), 16_777_216.0 / 167_772.0),
        (threshold("th:0"), Some("ot=th"), 1.0),
        (threshold("th:"), None, 1.0),
        (threshold("th:123456789abcdef"), None, 1.0),
        (threshold("th:xyz"), None, 1.0),
        (root_alone(vec![attribute("SampleRate", json!(20))]), Some("SampleRate"), 20.0),
        (root_alone(vec![attribute("SampleRate", json!("20"))]), Some("SampleRate"), 20.0),
        (root_alone(vec![attribute("SampleRate", json!(0))]), Some("SampleRate"), 1.0),
        (root_alone(vec![attribute("SampleRate", json!(-3.0))]), None, 1.0),
        (
            root_alone(vec![
                attribute("sampler.type", json!("probabilistic")),
                attribute("sampler.param", json!(0.01)),
            ]),
            Some("sampler.param"),
            100.0,
        ),
        (
            root_alone(vec![attribute("sampler.type", json!("const")), attribute("sampler.param", json!(true))]),
            Some("sampler.param"),
            1.0,
        ),
        (root_alone(vec![attribute("sampler.param", json!(0.01))]), None, 1.0),
    ] {
        let Known { requests, trace, sampling, .. } = read(&value, &Options::default());
        assert_eq!(trace.weights.as_deref(), source, "{value}");
        let requests = &requests.requests;
        assert!(requests.iter().all(|request| (request.weight / weight - 1.0).abs() < 1e-9), "{}", requests[0].weight);
        assert_eq!((trace.sampled, sampling), (weight > 1.0, Sampling::default()));
        assert!((trace.represented_requests.unwrap() / (100.0 * weight) - 1.0).abs() < 1e-9);
        assert_eq!(trace.effective_requests, Some(100.0));
    }
}

#[test]
fn a_request_has_the_weight_of_its_own_span_before_that_of_others() {
    let value = hundred(|index, is_root, span| {
        span["attributes"] = json!([attribute("SampleRate", json!(if is_root { 2 } else { 50 }))]);
        if index < 10 && is_root {
            span["attributes"] = json!([]);
        }
    });
    let known = read(&value, &Options::default());
    let of = |weight: f64| known.requests.requests.iter().filter(|request| request.weight == weight).count();
    assert_eq!((of(50.0), of(2.0)), (10, 90));
    assert_eq!(known.trace.represented_requests, Some(680.0));
    assert!((known.trace.effective_requests.unwrap() - 680.0 * 680.0 / 25_360.0).abs() < 1e-9);
}

#[test]
fn requests_that_tell_no_weight_among_others_count_once() {
    let value = hundred(|index, _, span| {
        if index < 30 {
            span["traceState"] = "ot=th:8".into();
        }
    });
    let known = read(&value, &Options::default());
    assert_eq!((known.trace.represented_requests, known.sampling.unweighted), (Some(130.0), 70));
    assert_eq!(known.sampling.to_string(), "70 requests tell no weight, though others do; each counts once");
}

#[test]
fn what_was_chosen_after_its_end_gives_no_quantiles() {
    let scope = |mut request: Value| {
        for resource in request["resourceSpans"].as_array_mut().unwrap() {
            let policy = [attribute("tailsampling.policy", json!("errors"))];
            resource["scopeSpans"][0]["scope"]["attributes"] = json!(policy);
        }
        request
    };
    let spans = |key: &'static str, value: Value| {
        hundred(move |_, is_root, span| {
            if is_root {
                span["attributes"] = json!([attribute(key, value.clone())]);
            }
        })
    };
    for (value, chosen, limited) in [
        (scope(hundred(|_, _, _| {})), 100, 0),
        (scope(spans("SampleRate", json!(10))), 100, 0),
        (spans("tailsampling.composite_policy", json!("slow")), 100, 0),
        (spans("meta.refinery.reason", json!("rules/trace/slow")), 100, 0),
        (spans("sampler.type", json!("ratelimiting")), 0, 100),
        (spans("sampler.type", json!("lowerbound")), 0, 100),
    ] {
        let known = read(&value, &Options::default());
        assert_eq!((known.sampling.chosen, known.sampling.limited), (chosen, limited), "{value}");
        let refusal = known.sampling.refusal().unwrap();
        assert!(refusal.starts_with("100 of the requests") && refusal.contains("--weights KEY"), "{refusal}");
        let trace = known.trace;
        assert_eq!((trace.sampled, trace.represented_requests, trace.effective_requests), (true, None, None));
        // Taken as they are, if that is asked for.
        let ignored = read(&value, &weights(Weights::None));
        assert_eq!((ignored.sampling.refusal(), ignored.trace.weights.as_deref()), (None, Some("none")));
        assert_eq!((ignored.trace.sampled, ignored.trace.represented_requests), (true, Some(100.0)));
    }
    // A threshold is the sampler's that chose them, and so is a rate of Refinery's.
    let with_threshold = scope(hundred(|_, _, span| span["traceState"] = "ot=th:8".into()));
    let known = read(&with_threshold, &Options::default());
    assert_eq!((known.sampling.refusal(), known.sampling.trusted), (None, 100));
    assert_eq!(known.trace.represented_requests, Some(200.0));
    let refinery = hundred(|_, _, span| {
        span["attributes"] = json!([attribute("meta.refinery.reason", json!("x")), attribute("SampleRate", json!(7))]);
    });
    assert_eq!(read(&refinery, &Options::default()).trace.represented_requests, Some(700.0));
}

#[test]
fn a_scope_that_is_told_after_its_spans_may_be_that_of_all() {
    let span = r#"{"traceId":"1","spanId":"1","name":"a","startTimeUnixNano":"1000","endTimeUnixNano":"2000"}"#;
    let scope = r#""scope":{"attributes":[{"key":"tailsampling.policy","value":{"stringValue":"slow"}}]}"#;
    let known = text(format!(r#"{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}],{scope}}}]}}]}}"#));
    assert_eq!(known.sampling.chosen, 1);
}

#[test]
fn a_weight_can_be_named() {
    let value = hundred(|index, is_root, span| {
        if is_root && index < 40 {
            span["attributes"] = json!([attribute("adjusted", json!(2.5)), attribute("SampleRate", json!(9))]);
        }
    });
    let known = read(&value, &key("adjusted"));
    assert_eq!((known.trace.represented_requests, known.sampling.unweighted), (Some(160.0), 60));
    assert_eq!(known.trace.weights.as_deref(), Some("adjusted"));
    let error = |value: &Value, options: &Options| in_file(value.to_string(), options).unwrap_err().to_string();
    assert_eq!(
        error(&value, &key("weight")),
        "trace.json: --weights: no span of a request has an attribute 'weight'; name one that tells how many requests one stands \
         for"
    );
    for (wrong, why) in [(json!(0.1), "0.1 isn't how many"), (json!("many"), "isn't a number"), (json!(-1), "-1 isn't")]
    {
        let value = hundred(|_, _, span| span["attributes"] = json!([attribute("adjusted", wrong.clone())]));
        let error = error(&value, &key("adjusted"));
        assert!(
            error.starts_with("trace.json: byte ") && error.contains(&format!("--weights adjusted: {why}")),
            "{error}"
        );
    }
    // Who names it vouches for it.
    let limited = hundred(|_, _, span| {
        span["attributes"] = json!([attribute("sampler.type", json!("ratelimiting")), attribute("adjusted", json!(3))]);
    });
    let known = read(&limited, &key("adjusted"));
    assert_eq!((known.sampling.refusal(), known.trace.represented_requests), (None, Some(300.0)));
}

#[test]
fn tags_of_jaeger_tell_weights_too() {
    let mut value = jaeger(&[call("a", 0, 10, [call("b", 1, 5, [])]), call("c", 20, 30, []), call("d", 40, 50, [])]);
    let tag = |key: &str, value: Value| json!({ "key": key, "value": value });
    value["data"][0]["spans"][0]["tags"] =
        json!([tag("sampler.type", "probabilistic".into()), tag("sampler.param", 0.25.into())]);
    value["data"][1]["spans"][0]["tags"] = json!([tag("w3c.tracestate", "ot=th:8".into())]);
    let known = text(value.to_string());
    let weights: Vec<f64> = known.requests.requests.iter().map(|request| request.weight).collect();
    assert_eq!((weights, known.sampling.unweighted), (vec![4.0, 2.0, 1.0], 1));
    assert_eq!(known.trace.weights.as_deref(), Some("ot=th, sampler.param"));
}

#[test]
fn requests_that_were_chosen_are_weighed_by_a_histogram_of_all() {
    // Of the fast ones a quarter was kept, of the slow ones all; the histogram has 10 and 900 times as many.
    let value = hundred(|index, is_root, span| {
        span["attributes"] = json!([attribute("tailsampling.policy", json!("slow"))]);
        if is_root && index.is_multiple_of(2) {
            let start: u64 = span["startTimeUnixNano"].as_str().unwrap().parse().unwrap();
            span["endTimeUnixNano"] = (start + 2_000_000_000).to_string().into();
        }
    });
    let metrics = "http_server_request_duration_seconds_bucket{le=\"1.0\"} 45000\n\
                   http_server_request_duration_seconds_bucket{le=\"+Inf\"} 45500\n";
    let folder = folder_of(&[("metrics.txt", metrics.as_bytes())]);
    let with = |name: &str, metric: Option<&str>| {
        let calibration = Calibration { file: folder.path().join(name), metric: metric.map(str::to_owned) };
        Options { calibration: Some(calibration), ..Options::default() }
    };
    assert!(read(&value, &Options::default()).sampling.refusal().is_some());
    let known = read(&value, &with("metrics.txt", None));
    let of = |weight: f64| known.requests.requests.iter().filter(|request| request.weight == weight).count();
    assert_eq!((of(900.0), of(10.0)), (50, 50));
    assert_eq!((known.trace.weights.as_deref(), known.trace.represented_requests), (Some("histogram"), Some(45_500.0)));
    assert!(known.sampling.refusal().is_none());
    assert!(
        known
            .sampling
            .to_string()
            .contains("2 classes of latency as in the histogram http_server_request_duration_seconds")
    );

    let wrong = |options: &Options| in_file(value.to_string(), options).expect_err("a mistake").to_string();
    let unknown = wrong(&with("metrics.txt", Some("rpc")));
    assert!(unknown.contains("has no histogram 'rpc'; it has 'http_server_request_duration_seconds'"), "{unknown}");
    assert!(wrong(&with("nothing.txt", None)).contains("nothing.txt"));
}
