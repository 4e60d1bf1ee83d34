//! Types of columns, and the checks that hold them.

use super::*;

#[test]
fn each_type_has_its_name() {
    use DataType as T;
    const BIN: &str = " CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin";
    const NOPAD: &str = " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
    let text = |my: &str| (format!("{my}{BIN}"), format!("{my}{NOPAD}"));
    let (long_my, long_maria) = text("LONGTEXT");
    let (six_my, six_maria) = text("VARCHAR(5)");
    let (enum_my, enum_maria) = text("ENUM('so-so', 'it''s', 'a\\\\b')");
    for (data_type, sqlite, postgres, mysql, mariadb) in [
        (T::Bool, "INTEGER", "BOOLEAN", "TINYINT(1)", "TINYINT(1)"),
        (T::I8, "INTEGER", "SMALLINT", "TINYINT", "TINYINT"),
        (T::I16, "INTEGER", "SMALLINT", "SMALLINT", "SMALLINT"),
        (T::I32, "INTEGER", "INTEGER", "INT", "INT"),
        (T::I64, "INTEGER", "BIGINT", "BIGINT", "BIGINT"),
        (
            T::U8,
            "INTEGER",
            "SMALLINT",
            "TINYINT UNSIGNED",
            "TINYINT UNSIGNED",
        ),
        (
            T::U16,
            "INTEGER",
            "INTEGER",
            "SMALLINT UNSIGNED",
            "SMALLINT UNSIGNED",
        ),
        (T::U32, "INTEGER", "BIGINT", "INT UNSIGNED", "INT UNSIGNED"),
        (T::U64, "INTEGER", "BIGINT", "BIGINT UNSIGNED", "BIGINT UNSIGNED"),
        (T::F32, "REAL", "REAL", "FLOAT", "FLOAT"),
        (T::F64, "REAL", "DOUBLE PRECISION", "DOUBLE", "DOUBLE"),
        (T::Text, "TEXT", "TEXT", &long_my, &long_maria),
        (T::Bytes, "BLOB", "BYTEA", "LONGBLOB", "LONGBLOB"),
        (T::Date, "TEXT", "DATE", "DATE", "DATE"),
        (T::Time, "TEXT", "TIME", "TIME(6)", "TIME(6)"),
        (T::DateTime, "TEXT", "TIMESTAMP", "DATETIME(6)", "DATETIME(6)"),
        (T::Timestamp, "TEXT", "TIMESTAMPTZ", "DATETIME(6)", "DATETIME(6)"),
        (T::Uuid, "BLOB", "UUID", "BINARY(16)", "BINARY(16)"),
        (T::Json, "TEXT", "JSONB", "JSON", "JSON"),
        (T::Array(&T::I32), "TEXT", "INTEGER[]", "JSON", "JSON"),
        (T::Array(&T::Text), "TEXT", "TEXT[]", "JSON", "JSON"),
        (T::Array(&T::Bytes), "TEXT", "BYTEA[]", "JSON", "JSON"),
        (T::Array(&T::Decimal), "TEXT", "NUMERIC[]", "JSON", "JSON"),
        (T::Enum(&TEXT_ENUM), "TEXT", "TEXT", &six_my, &six_maria),
        (T::Enum(&INTEGER_ENUM), "INTEGER", "INTEGER", "INT", "INT"),
        (T::Enum(&NATIVE_ENUM), "TEXT", "\"mood\"", &enum_my, &enum_maria),
    ] {
        let expected = [sqlite, postgres, mysql, mariadb];
        assert_eq!(types_of(column("a", data_type)), expected, "{data_type:?}");
    }
}

#[test]
fn lengths_are_types_or_checks() {
    let text = column("a", DataType::Text).length(50);
    assert_eq!(
        types_of(text),
        [
            "TEXT",
            "VARCHAR(50)",
            "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin",
            "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin",
        ]
    );
    let none: Vec<String> = Vec::new();
    assert_eq!(
        checks_of(text),
        [
            vec![r#"CONSTRAINT "ck_things_a_length" CHECK (length("a") <= 50)"#.to_owned()],
            none.clone(),
            none.clone(),
            none.clone(),
        ]
    );
    let bytes = column("a", DataType::Bytes).length(32);
    assert_eq!(
        types_of(bytes),
        ["BLOB", "BYTEA", "VARBINARY(32)", "VARBINARY(32)"]
    );
    assert_eq!(
        checks_of(bytes),
        [
            vec![r#"CONSTRAINT "ck_things_a_length" CHECK (length("a") <= 32)"#.to_owned()],
            vec![r#"CONSTRAINT "ck_things_a_length" CHECK (octet_length("a") <= 32)"#.to_owned()],
            none.clone(),
            none.clone(),
        ]
    );
    // Longer than a type may say: a check again.
    let long = column("a", DataType::Text).length(20_000);
    assert_eq!(
        types_of(long)[2],
        "LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_bin"
    );
    assert_eq!(
        checks_of(long)[2],
        ["CONSTRAINT `ck_things_a_length` CHECK (char_length(`a`) <= 20000)"]
    );
    assert_eq!(checks_of(long)[1], none);
}

#[test]
fn mysql_gives_a_length_to_text_in_keys() {
    let of = |index: &[IndexDef], key: &'static [usize]| {
        let columns = vec![column("code", DataType::Text), column("hash", DataType::Bytes)];
        let indexes = index
            .iter()
            .map(|i| IndexDef { parts: i.parts, ..*i })
            .collect::<Vec<_>>();
        let table = TableDef::new("Thing", "shop", "things").columns(Vec::leak(columns), key);
        let table = leak(table.indexes(Vec::leak(indexes)));
        [0, 1].map(|i| column_type(Dialect::MariaDb, table, i).expect("a type"))
    };
    let collate = " CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
    let short = [format!("VARCHAR(255){collate}"), "VARBINARY(255)".to_owned()];
    let long = [format!("LONGTEXT{collate}"), "LONGBLOB".to_owned()];
    assert_eq!(of(&[], &[]), long);
    assert_eq!(of(&[], &[0, 1]), short);
    let both: &[IndexPart] = &[IndexPart::Column(0), IndexPart::Column(1)];
    assert_eq!(of(&[index(both)], &[]), short);
    assert_eq!(of(&[unique(both)], &[]), short);
}

#[test]
fn text_without_regard_to_case() {
    let folded = column("a", DataType::Text).length(50).case_insensitive();
    assert_eq!(
        types_of(folded),
        [
            "TEXT COLLATE NOCASE",
            "VARCHAR(50) COLLATE \"orm_ci\"",
            "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_0900_as_ci",
            "VARCHAR(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_uca1400_nopad_as_ci",
        ]
    );
    let table = leak(things(&[folded, folded]));
    for dialect in Dialect::ALL {
        let types = super::super::types::needed;
        let mut needed = Vec::new();
        for index in [1, 2] {
            let place = super::super::place::Place::new(dialect, table, index).expect("a column");
            types(&place, false, &mut needed).expect("types");
        }
        let expected: &[&str] = if dialect == Dialect::Postgres {
            &[
                "CREATE COLLATION IF NOT EXISTS \"orm_ci\" (provider = icu, locale = 'und-u-ks-level2', deterministic = false)",
            ]
        } else {
            &[]
        };
        assert_eq!(needed, expected);
    }
    assert_eq!(
        error_of(things(&[column("a", DataType::I32).case_insensitive()])).to_string(),
        "`Thing.a` is no text: remove `case_insensitive`, which is for `String` (table `things`, column `a`)"
    );
}

#[test]
fn unsigned_numbers_stay_in_their_range() {
    for (data_type, condition) in [
        (DataType::U8, r#""a" BETWEEN 0 AND 255"#),
        (DataType::U16, r#""a" BETWEEN 0 AND 65535"#),
        (DataType::U32, r#""a" BETWEEN 0 AND 4294967295"#),
        (DataType::U64, r#""a" >= 0"#),
    ] {
        let check = vec![format!(r#"CONSTRAINT "ck_things_a_range" CHECK ({condition})"#)];
        assert_eq!(
            checks_of(column("a", data_type)),
            [check.clone(), check, vec![], vec![]]
        );
    }
}

#[test]
fn values_are_checked_where_the_type_does_not() {
    let none: Vec<String> = Vec::new();
    let sqlite = |check: &str| [vec![check.to_owned()], none.clone(), none.clone(), none.clone()];
    assert_eq!(
        checks_of(column("a", DataType::Bool)),
        sqlite(r#"CONSTRAINT "ck_things_a_bool" CHECK ("a" IN (0, 1))"#)
    );
    for data_type in [DataType::Json, DataType::Array(&DataType::I32)] {
        assert_eq!(
            checks_of(column("a", data_type)),
            sqlite(r#"CONSTRAINT "ck_things_a_json" CHECK (json_valid("a"))"#)
        );
    }
    assert_eq!(
        checks_of(column("a", DataType::Enum(&NATIVE_ENUM))),
        sqlite(r#"CONSTRAINT "ck_things_a_values" CHECK ("a" IN ('so-so', 'it''s', 'a\b'))"#)
    );
    let standard =
        vec![r#"CONSTRAINT "ck_things_a_values" CHECK ("a" IN ('draft', 'it''s', 'a\b'))"#.to_owned()];
    let mysql = vec![r"CONSTRAINT `ck_things_a_values` CHECK (`a` IN ('draft', 'it''s', 'a\\b'))".to_owned()];
    assert_eq!(
        checks_of(column("a", DataType::Enum(&TEXT_ENUM))),
        [standard.clone(), standard, mysql.clone(), mysql]
    );
    let standard = vec![r#"CONSTRAINT "ck_things_a_values" CHECK ("a" IN (1, 10))"#.to_owned()];
    let mysql = vec![r"CONSTRAINT `ck_things_a_values` CHECK (`a` IN (1, 10))".to_owned()];
    assert_eq!(
        checks_of(column("a", DataType::Enum(&INTEGER_ENUM))),
        [standard.clone(), standard, mysql.clone(), mysql]
    );
}

#[test]
fn decimals_have_digits() {
    assert_eq!(
        types_of(column("a", DataType::Decimal).decimal(18, 2)),
        ["INTEGER", "NUMERIC(18, 2)", "DECIMAL(18, 2)", "DECIMAL(18, 2)"]
    );
    assert_eq!(
        types_of(column("a", DataType::Decimal).decimal(38, 30)),
        ["BLOB", "NUMERIC(38, 30)", "DECIMAL(38, 30)", "DECIMAL(38, 30)"]
    );
    let error = |column: ColumnDef| error_of(things(&[column])).to_string();
    assert_eq!(
        error(column("price", DataType::Decimal)),
        "`Thing.price` is a decimal without digits: write for instance `#[orm(precision = 12, scale = 2)]`, which is \
         ten digits before the point and two behind it (table `things`, column `price`)"
    );
    let decimal = |p, s| error(column("price", DataType::Decimal).decimal(p, s));
    assert!(decimal(39, 2).starts_with("`Thing.price` has `precision = 39`: a decimal has 1 to 38 digits"));
    assert!(decimal(0, 0).contains("`precision = 0`"));
    assert!(decimal(4, 5).contains("has `scale = 5`: at most 4 digits can stand behind the point"));
    assert!(decimal(38, 31).contains("has `scale = 31`: at most 30 digits can stand behind the point"));
}

#[test]
fn a_type_in_the_databases_own_words_is_taken_as_it_is() {
    let own = |sql| column("a", DataType::Text).length(5).sql_type(sql);
    assert_eq!(types_of(own("text")), ["text"; 4]);
    assert_eq!(checks_of(own("TEXT")), vec![Vec::<String>::new(); 4]);
    let errors = errors_of(things(&[own("citext")]));
    assert_eq!(
        errors[0],
        "`Thing.a` has `sql_type = \"citext\"`, and tables are STRICT on SQLite: use one of INT, INTEGER, REAL, TEXT, \
         BLOB, ANY, or remove the attribute (table `things`, column `a`)"
    );
    assert_eq!(errors[1..], [""; 3]);
    assert!(
        error_of(things(&[own(" ")]))
            .to_string()
            .contains("empty `sql_type`")
    );
}

#[test]
fn enums_need_what_they_are_stored_as() {
    static EMPTY: EnumDef = EnumDef {
        name: "none",
        labels: &[],
        numbers: &[],
        storage: EnumStorage::Text,
    };
    static NUMBERS: EnumDef = EnumDef {
        name: "wide",
        labels: &["a", "b"],
        numbers: &[1, 3_000_000_000],
        storage: EnumStorage::Integer,
    };
    static NUL: EnumDef = EnumDef {
        name: "nul",
        labels: &["a\0"],
        numbers: &[],
        storage: EnumStorage::Text,
    };
    assert_eq!(
        types_of(column("a", DataType::Enum(&NUMBERS))),
        ["INTEGER", "BIGINT", "BIGINT", "BIGINT"]
    );
    let roomy = types_of(column("a", DataType::Enum(&TEXT_ENUM)).length(20));
    assert_eq!(roomy[1], "TEXT");
    assert!(roomy[3].starts_with("VARCHAR(20) "));
    let error = |def| error_of(things(&[column("a", DataType::Enum(def))])).to_string();
    assert!(error(&EMPTY).starts_with("`Thing.a` is of the enum `none`, which has no variants"));
    assert!(error(&NUL).contains("U+0000"));
}

#[test]
fn a_position_without_a_column_is_an_error() {
    let error = column_type(Dialect::Postgres, leak(things(&[])), 7).expect_err("an error");
    assert!(
        error
            .to_string()
            .contains("`Thing` (of `shop::things`) has no column at position 7")
    );
}
