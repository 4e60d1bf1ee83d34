//! What one borrower does to its session is not seen by the next.

use orm_core::prelude::*;

use super::{another, long, on_servers};

/// Twenty settings, and whatever else a session may have, as one text.
const POSTGRES: &str = "SELECT concat_ws('|', current_user, session_user, current_setting('search_path'), \
    (SELECT string_agg(name || '=' || setting, '|' ORDER BY name) FROM pg_settings WHERE name IN \
     ('TimeZone', 'DateStyle', 'IntervalStyle', 'work_mem', 'statement_timeout', 'lock_timeout', 'client_encoding', \
      'default_transaction_isolation', 'default_transaction_read_only', 'synchronous_commit', 'enable_seqscan', \
      'idle_in_transaction_session_timeout', 'extra_float_digits', 'bytea_output', 'application_name', 'row_security', \
      'standard_conforming_strings', 'constraint_exclusion', 'default_tablespace', 'my.own')), \
    (SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema()), \
    (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), \
    (SELECT count(*) FROM pg_cursors), (SELECT count(*) FROM pg_listening_channels()), \
    (SELECT count(*) FROM pg_prepared_statements WHERE from_sql), \
    (SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = 'public.kept'::regclass))";

const POSTGRES_SPOILS: &[&str] = &[
    "SET default_transaction_isolation = 'serializable'",
    "SET default_transaction_read_only = on",
    "SET ROLE pg_monitor",
    "SET search_path = pg_catalog",
    "SET TIME ZONE 'Asia/Tokyo'",
    "SET DateStyle = 'German'",
    "SET IntervalStyle = 'sql_standard'",
    "SET work_mem = '77kB'",
    "SET statement_timeout = 77000",
    "SET lock_timeout = 77000",
    "SET synchronous_commit = remote_apply",
    "SET enable_seqscan = off",
    "SET idle_in_transaction_session_timeout = 77000",
    "SET extra_float_digits = -5",
    "SET bytea_output = 'escape'",
    "SET application_name = 'somebody else'",
    "SET row_security = off",
    "SET constraint_exclusion = on",
    "SET my.own = 'geheim'",
    "SELECT set_config('my.own', 'geheim', false)",
    "CREATE TEMP TABLE left_over (a int)",
    "CREATE LOCAL TEMPORARY TABLE left_over (a int)",
    "SELECT 1 AS a INTO TEMP left_over",
    "SELECT pg_advisory_lock(4711)",
    "SELECT pg_advisory_lock_shared(4712)",
    "DECLARE left_over CURSOR WITH HOLD FOR SELECT 1",
    "LISTEN news",
    "PREPARE left_over AS SELECT 1",
    "SET SESSION AUTHORIZATION pg_monitor",
];

const MYSQL: &str = "SELECT CONVERT(CONCAT_WS('|', CURRENT_USER(), DATABASE(), @@session.sql_mode, @@session.time_zone, \
    @@session.autocommit, @@session.character_set_client, @@session.collation_connection, @@session.sort_buffer_size, \
    @@session.foreign_key_checks, @@session.unique_checks, @@session.sql_safe_updates, @@session.max_statement_time, \
    @@session.lock_wait_timeout, @@session.innodb_lock_wait_timeout, @@session.group_concat_max_len, \
    @@session.sql_select_limit, @@session.lc_time_names, @@session.auto_increment_increment, @@session.wait_timeout, \
    @@session.tx_isolation, @@session.tx_read_only, @@session.div_precision_increment, \
    IFNULL(@mine, 'none'), IFNULL(IS_USED_LOCK('orm_left_over') = CONNECTION_ID(), 0)) USING utf8mb4)";

const MYSQL_SPOILS: &[&str] = &[
    "SET sql_mode = ''",
    "SET time_zone = '+09:00'",
    "SET autocommit = 0",
    "SET NAMES latin1",
    "SET collation_connection = utf8mb4_bin",
    "SET SESSION sort_buffer_size = 77777",
    "SET foreign_key_checks = 0",
    "SET unique_checks = 0",
    "SET sql_safe_updates = 1",
    "SET max_statement_time = 7",
    "SET lock_wait_timeout = 7",
    "SET innodb_lock_wait_timeout = 7",
    "SET group_concat_max_len = 7777",
    "SET sql_select_limit = 7",
    "SET lc_time_names = 'de_DE'",
    "SET auto_increment_increment = 7",
    "SET wait_timeout = 7777",
    "SET SESSION TRANSACTION ISOLATION LEVEL SERIALIZABLE",
    "SET SESSION TRANSACTION READ ONLY",
    "SET div_precision_increment = 7",
    "SET @mine = 'geheim'",
    "SELECT @mine := 'geheim'",
    "SELECT 'geheim' INTO @mine",
    "CREATE OR REPLACE TEMPORARY TABLE left_over (a INT)",
    "SELECT GET_LOCK('orm_left_over', 1)",
    "CREATE TEMPORARY TABLE left_over (a INT)",
    "LOCK TABLES kept WRITE",
    "USE information_schema",
    "PREPARE left_over FROM 'SELECT 1'",
    "FLUSH TABLES WITH READ LOCK",
];

async fn snapshot(db: &dyn Executor) -> Result<String> {
    let text = match db.dialect() {
        Dialect::Postgres => POSTGRES,
        _ => MYSQL,
    };
    let rows = sql(text).all_as::<(String,)>(db).await?;
    Ok(rows.into_iter().map(|(text,)| text).collect())
}

/// What the snapshot cannot see: names that are taken, tables that are locked.
async fn as_new(db: &Db) -> Result<()> {
    for table in ["kept", "free"] {
        sql(format!("INSERT INTO {table} VALUES (1)")).exec(db).await?;
    }
    let taken = match db.dialect() {
        Dialect::Postgres => return Ok(()),
        _ => ["SELECT * FROM left_over", "EXECUTE left_over"],
    };
    for text in taken {
        let e = db
            .with_connection(async |conn| sql(text).exec(conn).await)
            .await
            .expect_err(text);
        assert!(matches!(e.code(), Some("1146" | "1243")), "{text}: {e}");
    }
    Ok(())
}

on_servers! {
    /// P15.
    async fn nothing_of_a_session_reaches_the_next_borrower(test) {
        sql("CREATE TABLE kept (a INT)").exec(test).await?;
        sql("CREATE TABLE free (a INT)").exec(test).await?;
        let db = another(test, PoolOptions::new().size(1)).await?;
        let spoils = match test.dialect() {
            Dialect::Postgres => POSTGRES_SPOILS,
            _ => MYSQL_SPOILS,
        };
        let fresh = snapshot(&db).await?;
        assert!(fresh.split('|').count() >= 22, "{fresh}");
        // Each by itself, in whichever way a session can be had.
        for spoil in spoils {
            for way in 0..3 {
                match way {
                    0 => drop(sql(*spoil).exec(&db).await),
                    1 => drop(db.with_connection(async |conn| sql(*spoil).exec(conn).await).await),
                    _ => drop(db.transaction_once(async |tx| sql(*spoil).exec(tx).await).await),
                }
                assert_eq!(snapshot(&db).await?, fresh, "{spoil}, {way}");
                as_new(&db).await?;
            }
        }
        // All at once; that they do spoil something is seen before the connection goes back.
        for _ in 0..if long() { 20 } else { 2 } {
            let spoiled = db
                .with_connection(async |conn| {
                    for spoil in spoils {
                        // Some cannot follow others.
                        let _ = sql(*spoil).exec(conn).await;
                        if spoil.starts_with("SET max_statement_time") || *spoil == "SET application_name = 'somebody else'" {
                            assert_ne!(snapshot(conn).await?, fresh);
                        }
                    }
                    Ok(())
                })
                .await;
            spoiled?;
            assert_eq!(snapshot(&db).await?, fresh);
            as_new(&db).await?;
        }
        db.close(secs(5)).await?;
    }
}
