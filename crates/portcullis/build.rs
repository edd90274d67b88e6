//! Rebuilds the program when the console's build changes.

fn main() {
    println!("cargo:rerun-if-changed=../../console/dist");
}
