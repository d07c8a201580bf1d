//! Diagrams of a mapping.

use orm_runtime::{
    Schema,
    metadata::{ColumnMeta, ColumnType, EntityMeta, ForeignKeyMeta, OnDelete},
};

use super::tables::{ID, LEFT, RIGHT, TEAM, WIDE, column, nullable, table, varchar};

fn customer() -> &'static EntityMeta {
    &CUSTOMER
}

fn order() -> &'static EntityMeta {
    &ORDER
}

fn product() -> &'static EntityMeta {
    &PRODUCT
}

fn category() -> &'static EntityMeta {
    &CATEGORY
}

const fn to(columns: &'static [usize], target: fn() -> &'static EntityMeta) -> ForeignKeyMeta {
    ForeignKeyMeta::new(columns, target, OnDelete::Cascade)
}

static CUSTOMER: EntityMeta = EntityMeta {
    table: "customer",
    ..table(
        "Customer",
        &[
            ID,
            ColumnMeta { unique: true, comment: Some("<b>\"&\"</b>"), ..varchar("email", 80) },
            column("since", ColumnType::Date),
        ],
    )
};

static CATEGORY: EntityMeta = EntityMeta {
    table: "category",
    foreign_keys: &[to(&[2], category)],
    ..table("Category", &[ID, varchar("name", 40), nullable("parent_id", ColumnType::BigInt)])
};

static PRODUCT: EntityMeta = EntityMeta {
    table: "product",
    foreign_keys: &[to(&[3], category)],
    ..table(
        "Product",
        &[
            ID,
            varchar("name", 80),
            ColumnMeta { digits: Some((12, 2)), ..column("price", ColumnType::Decimal) },
            nullable("category_id", ColumnType::BigInt),
            nullable("description", ColumnType::Text),
        ],
    )
};

static ORDER: EntityMeta = EntityMeta {
    table: "customer_order",
    foreign_keys: &[to(&[1], customer)],
    ..table(
        "Order",
        &[
            ID,
            column("customer_id", ColumnType::BigInt),
            column("placed_at", ColumnType::TimestampTz),
        ],
    )
};

static ITEM: EntityMeta = EntityMeta {
    auto_key: false,
    key: &[0, 1],
    foreign_keys: &[to(&[0], order), to(&[1], product), to(&[3], customer)],
    ..table(
        "OrderItem",
        &[
            column("order_id", ColumnType::BigInt),
            column("product_id", ColumnType::BigInt),
            column("amount", ColumnType::Integer),
            nullable("gift_for", ColumnType::BigInt),
        ],
    )
};

static LOG: EntityMeta =
    EntityMeta { table: "log", ..table("Log", &[ID, column("what", ColumnType::Text)]) };

fn shop() -> Schema {
    Schema::new([&ITEM, &ORDER, &CUSTOMER, &PRODUCT, &CATEGORY, &LOG])
}

#[test]
fn mermaid_has_columns_keys_and_references() {
    assert_eq!(
        Schema::new([&CUSTOMER, &PRODUCT, &CATEGORY]).mermaid(),
        "erDiagram
    Customer {
        BIGINT id PK
        VARCHAR(80) email UK \"<b>'&'</b>\"
        DATE since
    }
    Product {
        BIGINT id PK
        VARCHAR(80) name
        NUMERIC(12-2) price
        BIGINT category_id FK
        TEXT description
    }
    Category {
        BIGINT id PK
        VARCHAR(40) name
        BIGINT parent_id FK
    }
    Category |o--o{ Product : \"category_id\"
    Category |o--o{ Category : \"parent_id\"
"
    );
    assert!(shop().mermaid().contains("    Order ||--o{ OrderItem : \"order_id\"\n"));
}

#[test]
fn a_picture_has_every_table_column_and_reference_once() {
    let picture = shop().svg();
    let count = |text: &str| picture.matches(text).count();
    assert_eq!(count("class=\"box\""), 6);
    assert_eq!(count("class=\"name\""), 6);
    assert_eq!(count("class=\"type\""), 3 + 3 + 5 + 3 + 4 + 2);
    assert_eq!(count("marker-end="), 6);
    assert_eq!(count("class=\"line open\""), 3);
    assert_eq!(count(">NUMERIC(12, 2)</text>"), 1);
    assert!(picture.contains("<title>&lt;b&gt;&quot;&amp;&quot;&lt;/b&gt;</title>"), "{picture}");
    assert_eq!(picture, shop().svg());
}

#[test]
fn circles_and_nothing_at_all_have_a_picture_too() {
    let picture = Schema::new([&LEFT, &RIGHT, &WIDE, &TEAM]).svg();
    assert_eq!(picture.matches("marker-end=").count(), 4);
    assert!(!picture.contains("NaN") && !picture.contains("inf"), "{picture}");
    let nothing = Schema::new([]).svg();
    assert!(nothing.starts_with("<svg ") && nothing.ends_with("</svg>\n"), "{nothing}");
    assert!(!nothing.contains("NaN") && !nothing.contains("inf"), "{nothing}");
}
