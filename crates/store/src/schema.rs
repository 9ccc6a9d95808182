//! The tables, and how an older database gets to them.

use crate::Durability;
use crate::error::{Error, Result};
use rusqlite::Connection;
use std::path::Path;

/// `Crft`: tells a Croft database from any other.
const APPLICATION: i64 = 0x4372_6674;

/// Each step takes a database from one schema to the next. Written steps never change; a new schema is a new step.
const STEPS: &[&str] = &[
    "
    CREATE TABLE resource (
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        -- The commit that wrote it last.
        version INTEGER NOT NULL,
        -- JSON.
        body TEXT NOT NULL,
        PRIMARY KEY (kind, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE change (
        version INTEGER PRIMARY KEY,
        -- What was touched, as JSON.
        body TEXT NOT NULL
    ) STRICT;
",
    // One account and region became many: resources without a scope are read as of the one there was; what was kept
    // under a name or apart gets the scope into its key.
    "
    UPDATE resource SET id = '000000000000/us-east-1/' || id WHERE kind = 'Stack';
    UPDATE resource
        SET kind = 'RegionSettings', id = '000000000000/us-east-1',
            body = json_object('scope', '000000000000/us-east-1', 'quotas', json(body))
        WHERE kind = 'Quotas';
",
    // A stack was one record under its scope and name; now its head stands under its identifier, and each of its
    // resources for itself. Times were in seconds.
    "
    INSERT INTO resource (kind, id, version, body)
        SELECT 'StackResource', json_extract(s.body, '$.id') || '/' || printf('%08d', r.key + 1), s.version,
            json_set(r.value,
                '$.scope', coalesce(json_extract(s.body, '$.scope'), '000000000000/us-east-1'),
                '$.stack_id', json_extract(s.body, '$.id'),
                '$.number', r.key + 1,
                '$.changed', json_extract(s.body, '$.created') * 1000,
                '$.replaced', json(CASE json_extract(r.value, '$.status') WHEN 'REPLACED' THEN 'true' ELSE 'false' END),
                '$.status', CASE json_extract(r.value, '$.status')
                    WHEN 'REPLACED' THEN 'CREATE_COMPLETE' ELSE json_extract(r.value, '$.status') END)
        FROM resource AS s, json_each(s.body, '$.resources') AS r WHERE s.kind = 'Stack';
    UPDATE resource
        SET id = json_extract(body, '$.id'),
            body = json_set(json_remove(body, '$.resources'),
                '$.created', json_extract(body, '$.created') * 1000,
                '$.updated', json_extract(body, '$.updated') * 1000)
        WHERE kind = 'Stack';
",
];

/// Sets up the connection and brings the database to the present schema, whose number is SQLite's `user_version`.
pub(crate) fn prepare(connection: &mut Connection, file: &Path, durability: Durability) -> Result<()> {
    let known = STEPS.len() as i64;
    let foreign = |e: rusqlite::Error| match e.sqlite_error_code() {
        Some(rusqlite::ErrorCode::NotADatabase) => Error::Foreign { file: file.into() },
        _ => Error::Database(e),
    };
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(foreign)?;
    let application: i64 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if application != APPLICATION && (found != 0 || tables != 0) {
        return Err(Error::Foreign { file: file.into() });
    }
    if found > known {
        return Err(Error::NewerSchema { file: file.into(), found, known });
    }
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(
        None,
        "synchronous",
        match durability {
            Durability::Full => "FULL",
            Durability::Normal => "NORMAL",
        },
    )?;
    for (number, step) in (0_i64..).zip(STEPS).filter(|(number, _)| *number >= found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", number + 1)?;
        transaction.commit()?;
    }
    Ok(())
}
