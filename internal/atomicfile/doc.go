// Package atomicfile changes files that several processes share: under a lock of the operating system, and so that a
// reader, and a process that starts after a crash at any point, sees the old bytes or the new ones. [Dir] is what the
// file stores of the rooms are made of.
package atomicfile
