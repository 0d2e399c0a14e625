// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// cosigner is a note.Verifier of c2sp.org/tlog-cosignature, which x/mod does not have: type 04, Ed25519 over the time
// and the text.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

const cosignatureType = 4

func newCosigner(vkey string) (*cosigner, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 || parts[0] == "" {
		return nil, fmt.Errorf("%q is not a verifier key", vkey)
	}
	key, err := base64.StdEncoding.Strict().DecodeString(parts[2])
	if err != nil || len(key) != 1+ed25519.PublicKeySize || key[0] != cosignatureType {
		return nil, fmt.Errorf("%q is not a witness's verifier key", vkey)
	}
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), key...))
	hash := binary.BigEndian.Uint32(digest[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, fmt.Errorf("the id in %q is not that of its key", vkey)
	}
	return &cosigner{parts[0], hash, ed25519.PublicKey(key[1:])}, nil
}

func (c *cosigner) Name() string    { return c.name }
func (c *cosigner) KeyHash() uint32 { return c.hash }

// Verify takes the eight octets of time and the signature that follow the key's id.
func (c *cosigner) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	seconds := binary.BigEndian.Uint64(signature)
	if seconds == 0 || seconds > math.MaxInt64 || int64(seconds) > time.Now().Add(time.Minute).Unix() {
		return false
	}
	signed := append([]byte(fmt.Sprintf("cosignature/v1\ntime %d\n", seconds)), text...)
	return ed25519.Verify(c.key, signed, signature[8:])
}

// trust is whose signatures count.
type trust struct {
	log       note.Verifier
	verifiers note.Verifiers
}

func newTrust(logKey string, witnessKeys []string) (*trust, error) {
	log, err := note.NewVerifier(logKey)
	if err != nil {
		return nil, fmt.Errorf("the log's key: %v", err)
	}
	all := []note.Verifier{log}
	for _, vkey := range witnessKeys {
		witness, err := newCosigner(vkey)
		if err != nil {
			return nil, err
		}
		all = append(all, witness)
	}
	return &trust{log, note.VerifierList(all...)}, nil
}

// checkpoint is one whose log signature was verified, and `cosignatures` of known witnesses.
type checkpoint struct {
	name         string // for the reader: where it came from
	size         int64
	root         tlog.Hash
	cosignatures int64
}

// open verifies a note and reads it as c2sp.org/tlog-checkpoint has it. A signature that claims to be by a known key and
// is not makes the whole note bad.
func (t *trust) open(name string, signed []byte) (checkpoint, error) {
	opened, err := note.Open(signed, t.verifiers)
	if err != nil {
		return checkpoint{}, fmt.Errorf("%s: %v", name, err)
	}
	found := checkpoint{name: name}
	logSigned := false
	for _, signature := range opened.Sigs {
		if _, err := base64.StdEncoding.Strict().DecodeString(signature.Base64); err != nil {
			return checkpoint{}, fmt.Errorf("%s: a signature in a second spelling", name)
		}
		if signature.Name == t.log.Name() && signature.Hash == t.log.KeyHash() {
			logSigned = true
		} else {
			found.cosignatures++
		}
	}
	if !logSigned {
		return checkpoint{}, fmt.Errorf("%s: the log did not sign it", name)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" {
		return checkpoint{}, fmt.Errorf("%s: not three lines", name)
	}
	if lines[0] != t.log.Name() {
		return checkpoint{}, fmt.Errorf("%s: of the log %s, and not of %s", name, lines[0], t.log.Name())
	}
	if found.size, err = parseNumber(lines[1]); err != nil {
		return checkpoint{}, fmt.Errorf("%s: its size: %v", name, err)
	}
	if found.root, err = parseHash(lines[2]); err != nil {
		return checkpoint{}, fmt.Errorf("%s: its root: %v", name, err)
	}
	return found, nil
}

// parseNumber takes decimal without sign and leading zeros.
func parseNumber(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("%q is not a number", text)
	}
	return n, nil
}

func parseHash(text string) (tlog.Hash, error) {
	hash, err := tlog.ParseHash(text)
	if err != nil || hash.String() != text {
		return tlog.Hash{}, fmt.Errorf("%q is not a hash", text)
	}
	return hash, nil
}
