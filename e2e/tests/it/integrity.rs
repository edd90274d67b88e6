//! Whether the databases of a data directory are whole, as SQLite itself sees it.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use e2e::run_bounded;
use tokio::process::Command;

const SCRIPT: &str = "
import sqlite3, sys
for name in ('control.db', 'quota.db'):
    db = sqlite3.connect(sys.argv[1] + '/' + name)
    found = [row[0] for row in db.execute('pragma integrity_check')]
    found += [str(row) for row in db.execute('pragma foreign_key_check')]
    if name == 'control.db':
        # Each revision has its audit entry: no change is half there.
        found += [f'revision {row[0]} without audit entry' for row in db.execute(
            'select revision from workspace where revision > 0 and revision not in (select revision from audit_entries)')]
    if found != ['ok']:
        sys.exit(f'{name}: {found}')
    db.close()
";

/// Fails if one is not. No server may run on it.
pub(crate) async fn check_databases(data_dir: &Path) -> Result<()> {
    let mut python = Command::new("python3");
    python.arg("-c").arg(SCRIPT).arg(data_dir);
    run_bounded(python, Duration::from_mins(1)).await?.good().map(drop)
}
