//! A pack appears whole or not at all, whatever happens while it is built.

mod fixture;

use std::fs;
use std::path::Path;

use fixture::{Model, files, names, options};
use sotto_pack::staging::Staging;
use sotto_pack::watch::{Unwatched, Watch};
use sotto_pack::{Error, Options, build, verify};

/// Interrupts at the n-th part.
struct InterruptAt(usize);

impl Watch for InterruptAt {
    fn at(&mut self, _done: usize, _parts: usize, _what: &str) {
        self.0 = self.0.saturating_sub(1);
    }

    fn interrupted(&self) -> bool {
        self.0 == 0
    }
}

/// Counts the parts and what was announced.
#[derive(Default)]
struct Count {
    seen: usize,
    announced: usize,
}

impl Watch for Count {
    fn at(&mut self, done: usize, parts: usize, _what: &str) {
        assert_eq!(done, self.seen);
        self.seen += 1;
        self.announced = parts;
    }

    fn interrupted(&self) -> bool {
        false
    }
}

fn small(dir: &Path) -> Options {
    let from = dir.join("model");
    Model::new().write(&from);
    options(&from, &dir.join("pack"))
}

#[test]
fn an_interrupt_at_any_part_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let options = small(dir.path());
    let mut count = Count::default();
    build(&options, &mut count).unwrap();
    assert_eq!(count.seen, count.announced);
    fs::remove_dir_all(&options.out).unwrap();
    for part in 1..=count.seen {
        let error = build(&options, &mut InterruptAt(part)).unwrap_err();
        assert!(matches!(error, Error::Interrupted) && error.exit_code() == 130, "{error}");
        assert_eq!(names(dir.path()), ["model"]);
    }
}

#[test]
fn what_is_there_is_not_replaced_unless_it_is_a_pack_and_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let options = small(dir.path());
    let force = Options { force: true, name: Some("other".to_owned()), ..options.clone() };

    build(&options, &mut Unwatched).unwrap();
    let before = files(&options.out);
    let error = build(&options, &mut Unwatched).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }) && error.exit_code() == 2, "{error}");
    assert_eq!(files(&options.out), before);

    // A failing build leaves the old pack; a good one replaces it.
    build(&force, &mut InterruptAt(5)).unwrap_err();
    assert_eq!(files(&options.out), before);
    build(&force, &mut Unwatched).unwrap();
    assert_eq!(verify(&options.out).unwrap().name, "other");

    fs::remove_dir_all(&options.out).unwrap();
    fs::create_dir(&options.out).unwrap();
    build(&options, &mut Unwatched).unwrap_err();
    build(&force, &mut Unwatched).unwrap();

    fs::remove_dir_all(&options.out).unwrap();
    fs::create_dir(&options.out).unwrap();
    fs::write(options.out.join("thesis.txt"), "four years").unwrap();
    let error = build(&force, &mut Unwatched).unwrap_err();
    assert!(matches!(error, Error::NotAPack { .. }) && error.exit_code() == 2, "{error}");
    assert_eq!(fs::read_to_string(options.out.join("thesis.txt")).unwrap(), "four years");
    assert_eq!(names(dir.path()), ["model", "pack"]);
}

#[test]
fn a_place_that_cannot_be_written_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    let options = Options { out: file.join("pack"), ..small(dir.path()) };
    let error = build(&options, &mut Unwatched).unwrap_err();
    assert!(matches!(error, Error::Write { .. }) && error.exit_code() == 5, "{error}");
}

#[test]
fn a_full_disk_is_told_as_such() {
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let error = Error::write("pack/client/weights.bin", full);
    assert!(error.to_string().starts_with("the disk is full: pack/client/weights.bin"), "{error}");
    assert_eq!(error.exit_code(), 5);
}

#[test]
fn a_living_builder_is_left_alone_and_a_dead_one_cleaned_up() {
    let dir = tempfile::tempdir().unwrap();
    let options = small(dir.path());
    let living = dir.path().join(".pack.building-living");
    let dead = dir.path().join(".pack.building-dead");
    for folder in [&living, &dead] {
        fs::create_dir_all(folder.join("pack")).unwrap();
        fs::write(folder.join("lock"), "").unwrap();
        fs::write(folder.join("pack/weights.bin"), "half").unwrap();
    }
    let lock = fs::File::open(living.join("lock")).unwrap();
    lock.lock().unwrap();
    build(&options, &mut Unwatched).unwrap();
    assert_eq!(names(dir.path()), [".pack.building-living", "model", "pack"]);
}

#[test]
fn a_pack_that_was_being_replaced_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let staging = dir.path().join(".pack.building-dead");
    fs::create_dir_all(staging.join("replaced/client")).unwrap();
    fs::write(staging.join("lock"), "").unwrap();
    let error = Staging::begin(&dir.path().join("pack"), false).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error}");
    assert_eq!(names(dir.path()), ["pack"]);
    assert_eq!(names(&dir.path().join("pack")), ["client"]);
}

#[test]
fn whoever_comes_first_wins() {
    let dir = tempfile::tempdir().unwrap();
    let target = dir.path().join("pack");
    let staging = Staging::begin(&target, false).unwrap();
    fs::create_dir(&target).unwrap();
    fs::write(target.join("file"), "").unwrap();
    assert!(matches!(staging.publish(), Err(Error::Exists { .. })));
    assert_eq!(names(dir.path()), ["pack"]);
    assert_eq!(names(&target), ["file"]);
}
