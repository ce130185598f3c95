fn main() {
    // ANCHOR: moved
    let line = String::from("gone");
    drop(line);
    println!("{line}");
    // ANCHOR_END: moved
}
