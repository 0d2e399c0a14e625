// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

// files are those of one log, named as in c2sp.org/tlog-tiles.
type files interface {
	read(path string) ([]byte, error)
}

type folder string

func (f folder) read(path string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(f), filepath.FromSlash(path)))
}

type address struct {
	prefix string
	client *http.Client
}

func (a address) read(path string) ([]byte, error) {
	answer, err := a.client.Get(a.prefix + "/" + path)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s/%s: %s", a.prefix, path, answer.Status)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 1<<25))
}

func filesOf(log string) files {
	if strings.HasPrefix(log, "http://") || strings.HasPrefix(log, "https://") {
		return address{strings.TrimSuffix(log, "/"), &http.Client{Timeout: 20 * time.Second}}
	}
	return folder(log)
}

const tileHeight = 8

// tilePath is that of c2sp.org/tlog-tiles, which differs from that of Go's checksum database (Tile.Path).
func tilePath(kind string, number int64, width int) string {
	name := fmt.Sprintf("%03d", number%1000)
	for rest := number / 1000; rest > 0; rest /= 1000 {
		name = fmt.Sprintf("x%03d/%s", rest%1000, name)
	}
	if width != 1<<tileHeight {
		name = fmt.Sprintf("%s.p/%d", name, width)
	}
	return "tile/" + kind + "/" + name
}

func pathOf(tile tlog.Tile) string { return tilePath(fmt.Sprint(tile.L), tile.N, tile.W) }

// tiles is a tlog.TileReader. It keeps those that tlog has found to be of the tree.
type tiles struct {
	files    files
	verified map[tlog.Tile][]byte
}

func (t *tiles) Height() int { return tileHeight }

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		content, isVerified := t.verified[tile]
		if !isVerified {
			var err error
			if content, err = t.fetch(tile); err != nil {
				return nil, err
			}
		}
		found = append(found, content)
	}
	return found, nil
}

func (t *tiles) SaveTiles(verified []tlog.Tile, contents [][]byte) {
	for i, tile := range verified {
		t.verified[tile] = contents[i]
	}
}

func (t *tiles) fetch(tile tlog.Tile) ([]byte, error) {
	content, err := t.files.read(pathOf(tile))
	if err != nil {
		return nil, err
	}
	if len(content) != tile.W*tlog.HashSize {
		return nil, fmt.Errorf("%s has %d octets, and not %d", pathOf(tile), len(content), tile.W*tlog.HashSize)
	}
	return content, nil
}
