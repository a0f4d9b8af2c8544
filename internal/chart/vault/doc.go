// Package vault keeps the sealed copy of the chart on a medium: a folder on a
// disk or a stick that can be taken away, locked up and lost.
//
// # Words
//
// A Vault is such a folder. A Generation is one state of the store, complete
// in itself: a directory that lists every file with its size, time and SHA-256
// and points into packs, and a Manifest that says what the generation is and is
// signed by the machine that copied. A Pack is a sealed file with the content
// of many files, those of one patient side by side; a generation writes only
// what is new or changed and shares the packs of those before it. A Key opens
// what is sealed; persons hold Parts of it, or an envelope its code. A Machine
// is what the copying machine keeps: it can write and not read.
//
// # On the medium
//
//	vault.json                         what the vault says of itself, in clear
//	packs/000001-0000-1a2b3c4d.pack    age file of frames (zstd)
//	generations/000001/directory       age file: tree of blocks, sorted by path
//	generations/000001/counts          files per data type and day, in clear
//	generations/000001/manifest        in clear, signed (Ed25519)
//	keys/1a2b3c4d.envelope             a key, sealed with an envelope's code
//	lock                               held by the one who writes
//
// No name, number or content of a patient stands in clear, and no name of the
// store becomes a name on the medium: characters that Windows or a stick
// cannot write (":", "^" and long names are in real stores) do not matter.
// In clear stand the facility, times, names of data types, how many files of
// which type and day there are, and sizes.
//
// # A stick is lost
//
// Who finds it has the sealed packs and directories, the counts, the public
// keys and perhaps the envelope file. He lacks the key: without it X25519 and
// ChaCha20-Poly1305 (age) stand between him and the content. To open the
// envelope file he needs the code, 120 bits by chance, each try a second of
// scrypt; one part of the key says nothing about it (Shamir), and with one
// part less than needed he knows as little as without any. He learns how large
// the hospital's copy is and how many files of which type it made on which
// day. He cannot change a generation so that it passes as the copying
// machine's: every byte that is read hangs on its signature. He could take
// generations away or return an older state of the stick; the manifests' chain
// and as-of times show the latter to someone who knows what there should be.
//
// If a part or the code was lost together with the stick, he has more: the
// code alone opens it; parts do if they are as many as needed. Then what was
// on the stick counts as known to others. A new key (Vault.Rotate) protects
// what is written from then on, not what is already outside.
//
// Who takes over the copying machine can read the store itself and forge later
// generations; what lies on media that are detached stays sealed to him: the
// Machine has no key for packs.
//
// If a holder loses his part and nobody found it: open with the parts that are
// left and make new ones (Key.Parts) for everybody; the old parts still open
// and are to be destroyed.
//
// # Cost
//
// Opening a generation and reading a file takes some ten reads of at most
// 64 KiB; each further level of the directory (300 times as many files) adds
// two. A Reader keeps 6 MiB of unpacked frames at most. An entry of the
// directory takes about 45 bytes on the medium, and every generation has a
// directory of its own, also when nothing changed.
package vault
