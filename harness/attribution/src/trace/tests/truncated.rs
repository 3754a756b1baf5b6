//! Files that end too early, of which what there is can be used.

use super::calls::{call, otlp};
use super::formats::gzip;
use super::messages::{framed, protobuf, requests, zstd};
use super::*;

/// Twenty requests of one span.
fn twenty() -> serde_json::Value {
    otlp(&(0..20).map(|index| call("a", index * 10, index * 10 + 5, [])).collect::<Vec<_>>())
}

fn allowed() -> Options {
    Options { allow_truncated: true, ..Options::default() }
}

#[test]
fn what_there_is_of_a_file_that_ends_too_early_is_used_if_that_is_allowed() {
    let value = twenty();
    let json = value.to_string();
    for content in [json.clone().into_bytes(), protobuf(&value), framed(&requests(&value)), gzip(json.as_bytes())] {
        let cut = &content[..content.len() * 9 / 10 - 3];
        let error = in_file(cut, &Options::default()).unwrap_err();
        assert!(matches!(error, TraceError::CutOff { place: Some(_), .. }), "{error:?}");
        let known = known(in_file(cut, &allowed()));
        assert_eq!(known.trace.truncated, 1);
        assert!((10..20).contains(&known.requests.requests.len()), "{}", known.requests.requests.len());
    }
    assert_eq!(known(in_file(&json, &allowed())).trace.truncated, 0);
}

#[test]
fn every_end_of_protobuf_that_is_too_early_has_its_place() {
    let value = otlp(&[call("a", 0, 10, [call("b", 2, 5, [])])]);
    let packed: Vec<Vec<u8>> = requests(&value).iter().map(zstd).collect();
    for content in [protobuf(&value), framed(&requests(&value)), framed(&packed)] {
        for end in 10..content.len() {
            match in_file(&content[..end], &Options::default()) {
                Err(TraceError::CutOff { place: Some(Position::Byte(byte)), .. }) => assert_eq!(byte, end as u64),
                Err(TraceError::CutOff { place: Some(Position::InMessage { message, .. }), .. }) => {
                    assert!(message < end as u64);
                }
                // Between messages it can't be told that some are missing.
                Ok(_) => {}
                Err(error) => assert!(error.to_string().contains("ends too early"), "{end}: {error}"),
            }
        }
    }
    let error = in_file(&framed(&requests(&value))[..40], &Options::default()).unwrap_err().to_string();
    assert_eq!(error, "trace.json: byte 40: ends too early; was it copied whole? --allow-truncated uses what is there");
}

#[test]
fn a_message_that_is_not_whole_leaves_those_after_it() {
    let messages: Vec<Vec<u8>> = requests(&twenty()).iter().map(zstd).collect();
    let mut broken = messages.clone();
    let end = broken[7].len();
    broken[7].truncate(end / 2);
    let error = in_file(framed(&broken), &Options::default()).unwrap_err();
    let TraceError::CutOff { place: Some(Position::InMessage { message, .. }), .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(message, 4 + framed(&messages[..7]).len() as u64);
    let known = known(in_file(framed(&broken), &allowed()));
    assert_eq!((known.requests.requests.len(), known.trace.truncated), (19, 1));
}

#[test]
fn empty_files_among_others_are_counted() {
    let folder = folder_of(&[("a.json", b""), ("b.json", twenty().to_string().as_bytes()), ("c/d.binpb", b"")]);
    let known = known(read_with(&[folder.path().to_owned()], &Options::default()));
    assert_eq!((known.requests.requests.len(), known.trace.empty_files), (20, 2));
    let folder = folder_of(&[("a.json", b""), ("b.json", b"")]);
    let error = read_with(&[folder.path().to_owned()], &Options::default()).unwrap_err().to_string();
    assert!(error.ends_with("holds no span, so no request"), "{error}");
}
