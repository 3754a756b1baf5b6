//! What the workloads `pixels` and `pixels-png` make of pictures of all kinds.

use super::support::{Project, contender};

const BASELINES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../python_baselines");

/// Has the tool compare what functions of a built-in module, the baseline first, make of each of the pictures that
/// the Python function `pictures()` returns. `shown` turns what a function returns into what is compared. One contender calls all of
/// the others, whose outputs stand under their names.
#[track_caller]
fn agree(module: &str, functions: &[&str], pictures: &str, shown: &str) {
    let (baseline, others) = functions.split_first().expect("a baseline");
    let probe = format!(
        "import importlib, os\nfrom pathlib import Path\n\nfrom PIL import Image\n\n\
         subject = importlib.import_module({module:?})\n\n\n\
         def cases(size, seed):\n    return 0\n\n\n{pictures}\n\n\n{shown}\n\n\n\
         def all_shown(name):\n    return [shown(getattr(subject, name)(picture)) for picture in pictures()]\n\n\n\
         def baseline(_):\n    expected = all_shown({baseline:?})\n    return {{name: list(expected) for name in {others:?}}}\n\n\n\
         def others(_):\n    return {{name: all_shown(name) for name in {others:?}}}\n"
    );
    let manifest = format!(
        "[project]\npython-path = [\".\", {BASELINES:?}]\nrequirements = \"{BASELINES}/requirements/service.lock\"\n\n\
         [workload.w]\ninput = \"probe:cases\"\nsizes = {{ default = 1 }}\n\n\
         [workload.w.contender.baseline]\npython = \"probe:baseline\"\nbaseline = true\n\n\
         [workload.w.contender.others]\npython = \"probe:others\"\n"
    );
    let project = Project::new(&[("rustworthy.toml", &manifest), ("probe.py", &probe)]);
    let (result, ran) = project.compare(&["--memory", "2GiB"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let others = contender(&result, "w", "others");
    assert_eq!(others["equivalence"]["status"], "equal", "{others:#}");
}

#[test]
fn every_mode_and_the_smallest_pictures_are_brightened_alike() {
    let pictures = r#"
def pictures():
    photo = subject.photo(3000, 5)
    light = photo.convert("L")
    with_alpha = [photo.convert("RGBA"), photo.convert("LA")]
    for image in with_alpha:
        image.putalpha(light)
    whole = [photo, light, *with_alpha]
    return whole + [image.crop((3, 2, 4, 3)) for image in whole] + [Image.new(image.mode, (0, 5)) for image in whole]
"#;
    let shown = "def shown(image):\n    return image.mode, image.size, image.tobytes()";
    let functions = ["python", "translate", "point", "numpy", "pyo3_tuples", "pyo3_bytes", "pyo3_arrow"];
    agree("pixels", &functions, pictures, shown);
}

#[test]
fn every_kind_of_png_is_read_as_pillow_reads_it() {
    let pictures = r#"
def pictures():
    import struct, zlib

    def file(name, depth, color, raw, size=(5, 2), chunks=()):
        header = struct.pack(">IIBBBBB", *size, depth, color, 0, 0, 0)
        parts = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(raw)), (b"IEND", b"")]
        data = b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
        )
        path = folder / f"{name}.png"
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + data)
        return path

    folder = Path(os.environ["RUSTWORTHY_SCRATCH"]) / f"kinds-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    photo = subject.pixels.photo(3000, 5)
    light = photo.convert("L")
    alpha = photo.convert("RGBA")
    alpha.putalpha(light)
    paths = [
        file("grey-2", 2, 0, b"\0\x1b\xc0" * 2),
        file("grey-4", 4, 0, b"\0\x12\x34\x50" * 2),
        file("rgb-16", 16, 2, (b"\0" + bytes(range(30))) * 2),
        file("grey-alpha-16", 16, 4, (b"\0" + bytes(range(20))) * 2),
        file("rgba-16", 16, 6, (b"\0" + bytes(range(40))) * 2),
        file("transparent", 8, 2, (b"\0" + bytes(range(15))) * 2, chunks=[(b"tRNS", bytes([0, 0, 0, 1, 0, 2]))]),
        file("text", 8, 0, b"\0abcde" * 2, chunks=[(b"tEXt", b"Title\0x"), (b"gAMA", b"\0\1\0\0")]),
    ]
    for image in photo, light, light.convert("LA"), alpha:
        paths.append(folder / f"{image.mode}.png")
        image.save(paths[-1])
    return paths
"#;
    let shown =
        "def shown(path):\n    with Image.open(path) as image:\n        return image.mode, image.size, image.tobytes()";
    let functions = ["python_level_6", "point_level_6", "point_level_1", "pyo3_level_6", "pyo3_fast"];
    agree("pixels_png", &functions, pictures, shown);
}
