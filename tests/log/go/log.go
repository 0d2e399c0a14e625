// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"sort"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	entryLength      = 49
	kindConfirmation = 1
	kindLeftOut      = 2
)

// entry is docs/protocols/log-formats.md#the-entry.
type entry [entryLength]byte

func (e entry) id() [16]byte { return *(*[16]byte)(e[1:17]) }

// read is a whole log, every tile and entry of which leads to the signed root.
type read struct {
	newest  checkpoint
	hashes  tlog.HashReader // of the tiles, as tlog takes them; it lets some through unauthenticated (checkTile)
	entries []entry
	stored  []tlog.Hash // the tree that the entries make by themselves, as tlog.StoredHashIndex numbers it
	tiles   int64
	leftOut int64
}

func readLog(files files, newest checkpoint) (*read, error) {
	if newest.size == 0 {
		return nil, fmt.Errorf("%s: the log is empty", newest.name)
	}
	reader := &tiles{files, map[tlog.Tile][]byte{}}
	log := &read{newest: newest, hashes: tlog.TileHashReader(tlog.Tree{N: newest.size, Hash: newest.root}, reader)}
	all := tilesOf(newest.size)
	for _, tile := range all {
		content, err := reader.fetch(tile)
		if err != nil {
			return nil, err
		}
		if tile.L == 0 {
			if err := log.readEntries(files, tile, content); err != nil {
				return nil, err
			}
		}
	}
	root, err := tlog.TreeHash(newest.size, log.ownHashes())
	if err != nil {
		return nil, err
	}
	if root != newest.root {
		return nil, fmt.Errorf("the entries lead to the root %v, and not to the signed one, %v", root, newest.root)
	}
	for _, hashes := range []tlog.HashReader{log.ownHashes(), log.hashes} {
		for _, tile := range all {
			if err := checkTile(reader, tile, hashes); err != nil {
				return nil, err
			}
		}
	}
	log.tiles = int64(len(all))
	return log, log.checkIds()
}

// tilesOf a tree of this size, from the leaves upward. tlog.NewTiles names partial tiles of every width, too.
func tilesOf(size int64) []tlog.Tile {
	var found []tlog.Tile
	for level := 0; size > 0; level, size = level+1, size>>tileHeight {
		for number := int64(0); number<<tileHeight < size; number++ {
			width := size - number<<tileHeight
			if width > 1<<tileHeight {
				width = 1 << tileHeight
			}
			found = append(found, tlog.Tile{H: tileHeight, L: level, N: number, W: int(width)})
		}
	}
	return found
}

// checkTile asks that a tile is that of a tree: of the one that the entries make, once that was found to be the signed one,
// and of the signed one as tlog reads it. The latter alone is not enough: where several subtrees of the right edge share a
// tile, tlog.TileHashReader (0.7.0) answers hashes of a full tile that it has not held against its parent.
func checkTile(reader *tiles, tile tlog.Tile, tree tlog.HashReader) error {
	content, err := reader.fetch(tile)
	if err != nil {
		return err
	}
	expected, err := tlog.ReadTileData(tile, tree)
	if err != nil {
		return fmt.Errorf("%s: not of the signed tree: %v", pathOf(tile), err)
	}
	if !bytes.Equal(content, expected) {
		return fmt.Errorf("%s: not of the signed tree", pathOf(tile))
	}
	return nil
}

// ownHashes reads the tree that the entries make.
func (r *read) ownHashes() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			if index >= int64(len(r.stored)) {
				return nil, fmt.Errorf("there is no hash %d", index)
			}
			found = append(found, r.stored[index])
		}
		return found, nil
	})
}

func (r *read) readEntries(files files, tile tlog.Tile, hashes []byte) error {
	path := tilePath("entries", tile.N, tile.W)
	content, err := files.read(path)
	if err != nil {
		return err
	}
	if len(content) != tile.W*(2+entryLength) {
		return fmt.Errorf("%s has %d octets, and not %d", path, len(content), tile.W*(2+entryLength))
	}
	for i := 0; i < tile.W; i++ {
		index := int64(len(r.entries))
		at := content[i*(2+entryLength):]
		if length := binary.BigEndian.Uint16(at); length != entryLength {
			return fmt.Errorf("%s: entry %d has %d octets, and not %d", path, index, length, entryLength)
		}
		found := *(*entry)(at[2 : 2+entryLength])
		leaf := tlog.RecordHash(found[:])
		if !bytes.Equal(leaf[:], hashes[i*tlog.HashSize:(i+1)*tlog.HashSize]) {
			return fmt.Errorf("%s: entry %d is not the leaf of the tree", path, index)
		}
		more, err := tlog.StoredHashesForRecordHash(index, leaf, r.ownHashes())
		if err != nil {
			return err
		}
		r.stored = append(r.stored, more...)
		r.entries = append(r.entries, found)
	}
	return nil
}

// checkIds asks of each entry that it is of a kind that there is, and of each confirmation that its id is random (version 4)
// and nobody else's.
func (r *read) checkIds() error {
	seen := map[[16]byte]int64{}
	for i, each := range r.entries {
		index := int64(i)
		switch each[0] {
		case kindLeftOut:
			if each != (entry{kindLeftOut}) {
				return fmt.Errorf("entry %d was left out and yet says something", index)
			}
			r.leftOut++
		case kindConfirmation:
			id := each.id()
			if id[6]>>4 != 4 || id[8]>>6 != 2 {
				return fmt.Errorf("entry %d: its id is not random (RFC 9562, version 4)", index)
			}
			if earlier, isTaken := seen[id]; isTaken {
				return fmt.Errorf("entries %d and %d have one id", earlier, index)
			}
			seen[id] = index
		default:
			return fmt.Errorf("entry %d is of kind %d, which there is not", index, each[0])
		}
	}
	return nil
}

// checkRecordProofs makes the proof of every entry, of each n-th from the tiles as tlog reads them, and checks it under the
// signed root.
func (r *read) checkRecordProofs(every int64) (int64, error) {
	checked := int64(0)
	for index := int64(0); index < r.newest.size; index++ {
		from := r.ownHashes()
		if index%every == 0 {
			from = r.hashes
		}
		proof, err := tlog.ProveRecord(r.newest.size, index, from)
		if err != nil {
			return 0, fmt.Errorf("entry %d cannot be proven: %v", index, err)
		}
		leaf := tlog.RecordHash(r.entries[index][:])
		if err := tlog.CheckRecord(proof, r.newest.size, r.newest.root, index, leaf); err != nil {
			return 0, fmt.Errorf("the proof of entry %d: %v", index, err)
		}
		checked++
	}
	return checked, nil
}

// checkTreeProofs asks of each signed checkpoint that the next larger one continues it.
func (r *read) checkTreeProofs(all []checkpoint) (int64, error) {
	ordered := append([]checkpoint{}, all...)
	sort.SliceStable(ordered, func(a, b int) bool { return ordered[a].size < ordered[b].size })
	if last := ordered[len(ordered)-1]; last.size > r.newest.size {
		return 0, fmt.Errorf("%s is of %d entries, and the log shows %d", last.name, last.size, r.newest.size)
	}
	checked := int64(0)
	for i, old := range ordered {
		if old.size == 0 && old.root != sha256.Sum256(nil) {
			return 0, fmt.Errorf("%s: another root than that of no entries", old.name)
		}
		if i+1 == len(ordered) || old.size == 0 {
			continue
		}
		next := ordered[i+1]
		if old.size == next.size {
			if old.root != next.root {
				return 0, fmt.Errorf("%s and %s: a fork, two trees of %d entries", old.name, next.name, old.size)
			}
			continue
		}
		proof, err := tlog.ProveTree(next.size, old.size, r.hashes)
		if err != nil {
			return 0, fmt.Errorf("from %s to %s there is no proof: %v", old.name, next.name, err)
		}
		if err := tlog.CheckTree(proof, next.size, next.root, old.size, old.root); err != nil {
			return 0, fmt.Errorf("a fork: the tree of %s does not continue that of %s: %v", next.name, old.name, err)
		}
		checked++
	}
	return checked, nil
}
