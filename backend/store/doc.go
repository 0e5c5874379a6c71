// Package store keeps everything durable in one SQLite database: it is the only importer of database/sql. One file per noun, raw SQL, versioned migrations in migrations/.
//
// Reads run on a pool of read-only connections. Writes go through one writer: Write hands it a function, the writer runs the functions of all callers that wait, each in its own savepoint, and makes them durable by one commit (WAL, synchronous=FULL). A function that fails is rolled back alone. Write answers after the commit, so that what it acknowledged survives power loss.
//
// A refusal that changes state (a code burned, a grant revoked) is an outcome, which methods return as a value; an error rolls back.
package store
