fn main() {
    match croft_differential::catch_all(1, |c| println!("{:?} {}", c.packets, c.mutant)) {
        Ok(all) => println!("{} of {}", all.iter().filter(|c| c.packets.is_some()).count(), all.len()),
        Err(e) => println!("{e}"),
    }
}
