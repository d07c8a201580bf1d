//! Runs the examples in the documentation of the derives. Their own crate does not depend on the
//! runtime.

macro_rules! examples_of {
    ($($derive:ident: $file:literal),* $(,)?) => {$(
        #[doc = include_str!(concat!("../../orm-derive/src/", $file))]
        #[derive(Debug)]
        pub struct $derive;
    )*};
}

examples_of! {
    DbEnum: "db_enum.md",
    DbType: "db_type.md",
    Embed: "embed.md",
    Entity: "entity.md",
    OneOf: "one_of.md",
}
