#[test]
fn it_says_what_it_is_told() {
    // The press prints this file and never runs it.
}
