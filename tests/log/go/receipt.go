// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// receipt is docs/protocols/log-formats.md#the-receipt, as far as it is about the log. Who signed the confirmation and its
// maps, under which certificates, is not judged here: openssl and pkijs do that in tests of their own.
type receipt struct {
	name       string
	entry      entry
	index      int64
	proof      tlog.RecordProof
	checkpoint checkpoint
}

func readReceipts(trust *trust, names []string) ([]receipt, error) {
	var found []receipt
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		each, err := parseReceipt(trust, name, content)
		if err != nil {
			return nil, fmt.Errorf("%s: %v", name, err)
		}
		found = append(found, each)
	}
	return found, nil
}

func parseReceipt(trust *trust, name string, content []byte) (receipt, error) {
	var document struct {
		Type         string   `json:"type"`
		Version      int      `json:"version"`
		Confirmation []byte   `json:"confirmation"`
		Nonce        []byte   `json:"nonce"`
		Proof        string   `json:"proof"`
		Maps         [][]byte `json:"maps"`
		States       string   `json:"states"`
	}
	reader := json.NewDecoder(bytes.NewReader(content))
	reader.DisallowUnknownFields()
	if err := reader.Decode(&document); err != nil {
		return receipt{}, err
	}
	if document.Type != "receipt" || document.Version != 1 || len(document.Nonce) != 32 {
		return receipt{}, fmt.Errorf("not a receipt of version 1")
	}
	var confirmation struct {
		ID    string `json:"id"`
		Index int64  `json:"index"`
		Log   string `json:"log"`
	}
	signed, err := contentOfCms(document.Confirmation)
	if err != nil {
		return receipt{}, fmt.Errorf("its confirmation: %v", err)
	}
	if err := json.Unmarshal(signed, &confirmation); err != nil {
		return receipt{}, fmt.Errorf("its confirmation: %v", err)
	}
	if confirmation.Log != trust.log.Name() {
		return receipt{}, fmt.Errorf("its confirmation is of the log %q, and not of %q", confirmation.Log, trust.log.Name())
	}
	id, err := hex.DecodeString(strings.ReplaceAll(confirmation.ID, "-", ""))
	if err != nil || len(id) != 16 {
		return receipt{}, fmt.Errorf("the id of its confirmation is no UUID")
	}
	found := receipt{name: name}
	// The content stands once, behind the headers; what follows it counts as it stands.
	_, rest, _ := bytes.Cut(document.Confirmation, signed)
	digest := sha256.Sum256(signed)
	commitment := sha256.Sum256(bytes.Join([][]byte{document.Nonce, digest[:], rest}, nil))
	copy(found.entry[:], append(append([]byte{kindConfirmation}, id...), commitment[:]...))
	if err := found.parseProof(trust, document.Proof); err != nil {
		return receipt{}, err
	}
	if found.index != confirmation.Index {
		return receipt{}, fmt.Errorf("a proof of entry %d for the confirmation %d", found.index, confirmation.Index)
	}
	leaf := tlog.RecordHash(found.entry[:])
	if found.index >= found.checkpoint.size {
		return receipt{}, fmt.Errorf("entry %d is not below the size, %d", found.index, found.checkpoint.size)
	}
	if err := tlog.CheckRecord(found.proof, found.checkpoint.size, found.checkpoint.root, found.index, leaf); err != nil {
		return receipt{}, fmt.Errorf("the commitment of its confirmation is not in the signed tree: %v", err)
	}
	if document.States == "witnessed" && found.checkpoint.cosignatures == 0 {
		return receipt{}, fmt.Errorf("it says that it is witnessed, and no witness signed its checkpoint")
	}
	return found, nil
}

// parseProof reads a file of c2sp.org/tlog-proof.
func (r *receipt) parseProof(trust *trust, text string) error {
	head, note, isWhole := strings.Cut(text, "\n\n")
	lines := strings.Split(head, "\n")
	if !isWhole || lines[0] != "c2sp.org/tlog-proof@v1" {
		return fmt.Errorf("its proof is none of c2sp.org/tlog-proof@v1")
	}
	lines = lines[1:]
	if len(lines) > 0 && strings.HasPrefix(lines[0], "extra ") {
		lines = lines[1:]
	}
	if len(lines) == 0 || !strings.HasPrefix(lines[0], "index ") {
		return fmt.Errorf("its proof names no index")
	}
	var err error
	if r.index, err = parseNumber(strings.TrimPrefix(lines[0], "index ")); err != nil {
		return fmt.Errorf("the index of its proof: %v", err)
	}
	for _, line := range lines[1:] {
		hash, err := parseHash(line)
		if err != nil {
			return fmt.Errorf("its proof: %v", err)
		}
		r.proof = append(r.proof, hash)
	}
	r.checkpoint, err = trust.open("checkpoint of "+r.name, []byte(note))
	return err
}

// checkReceipt asks that the log shows everybody the entry that the receipt proves.
func (r *read) checkReceipt(each receipt) error {
	if r.entries[each.index] != each.entry {
		return fmt.Errorf("%s: the log has another entry %d (%s), and not %s", each.name, each.index,
			base64.StdEncoding.EncodeToString(r.entries[each.index][:]), base64.StdEncoding.EncodeToString(each.entry[:]))
	}
	return nil
}

var (
	idSignedData = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	idData       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 1}
)

// contentOfCms is what a SignedData encapsulates (RFC 5652 §5); no signature is verified.
func contentOfCms(der []byte) ([]byte, error) {
	var outer struct {
		Type    asn1.ObjectIdentifier
		Content asn1.RawValue `asn1:"explicit,tag:0"`
	}
	if rest, err := asn1.Unmarshal(der, &outer); err != nil || len(rest) != 0 || !outer.Type.Equal(idSignedData) {
		return nil, fmt.Errorf("not a signed document: %v", err)
	}
	var signed struct {
		Version int
		Digests asn1.RawValue
		Content struct {
			Type    asn1.ObjectIdentifier
			Content asn1.RawValue `asn1:"explicit,tag:0"`
		}
	}
	if _, err := asn1.Unmarshal(outer.Content.Bytes, &signed); err != nil || !signed.Content.Type.Equal(idData) {
		return nil, fmt.Errorf("no signed text: %v", err)
	}
	var content []byte
	if rest, err := asn1.Unmarshal(signed.Content.Content.Bytes, &content); err != nil || len(rest) != 0 {
		return nil, fmt.Errorf("no signed text: %v", err)
	}
	return content, nil
}
