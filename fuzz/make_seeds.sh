#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Writes the first inputs of the fuzzers anew: `fuzz/make_seeds.sh build/dev/fuzz/make_seeds`. Half are written by the
# project, half by openssl, also in forms that must be refused.
set -euo pipefail
program=$(realpath "$1")
cd "$(dirname "$0")"
mkdir -p corpus/{order,document,dialogue,certificate,pkcs10,cms,envelope,log_formats,ocsp_request,time_stamp}
"$program" .
cp ../tests/vectors/log/* corpus/log_formats/
rm corpus/log_formats/{README.md,*.txt} # rows of many, which no parser takes
printf 'tile/0/x001/x234/067' >corpus/log_formats/tile-path
printf 'tile/entries/273.p/112' >corpus/log_formats/entries-path
printf 'sunset ecdsa-p256 2035-01-01T00:00:00Z\nsunset sha-256 2040-01-01T00:00:00Z\n' >corpus/log_formats/sunsets
# An octet says of how many, less one.
{ printf '\001' && head -c 64 ../tests/vectors/receipts/tile/0/000; } >corpus/log_formats/tile
entry=$(awk '$1 == "entry" { print $5; exit }' ../tests/vectors/log/entries.txt)
xxd -r -p <<<"$entry" >corpus/log_formats/entry
xxd -r -p <<<"000031$entry" >corpus/log_formats/entries

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
subject="/O=Countersign Demo/OU=kr/OU=seoul-1/OU=merchants/CN=Sample Shop"
openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/key" -subj "$subject" \
  -addext "subjectAltName=DNS:shop.example,IP:127.0.0.1,URI:https://shop.example" -outform DER -out corpus/pkcs10/openssl 2>/dev/null
openssl req -new -newkey rsa:2048 -nodes -keyout "$work/rsa" -subj "$subject" -outform DER -out corpus/pkcs10/rsa 2>/dev/null
openssl req -x509 -key "$work/key" -subj "$subject" -days 30 -out "$work/self.pem"
openssl req -x509 -key "$work/key" -subj "/CN=Another" -days 30 -out "$work/other.pem"
openssl x509 -in "$work/self.pem" -outform DER -out corpus/certificate/openssl

echo -n '{"type":"order"}' >"$work/content"
sign=(openssl cms -sign -binary -nodetach -in "$work/content" -signer "$work/self.pem" -inkey "$work/key" -md sha256)
"${sign[@]}" -cades -outform DER -out corpus/cms/openssl-cades
"${sign[@]}" -outform DER -out corpus/cms/openssl-plain
"${sign[@]}" -cades -stream -indef -outform DER -out corpus/cms/openssl-indefinite
"${sign[@]}" -cades -keyid -outform DER -out corpus/cms/openssl-by-key-id
"${sign[@]}" -cades -signer "$work/other.pem" -inkey "$work/key" -outform DER -out corpus/cms/openssl-two-signers

openssl x509 -inform DER -in envelope_recipient.der -out "$work/recipient.pem"
encrypt=(openssl cms -encrypt -binary -in "$work/content" -outform DER)
to_recipient=(-recip "$work/recipient.pem" -keyopt ecdh_kdf_md:sha256)
under_key=(-secretkey "$(printf '07%.0s' {1..32})" -secretkeyid "$(printf 'session 1' | xxd -p)")
"${encrypt[@]}" -aes-256-gcm "${to_recipient[@]}" -out corpus/envelope/openssl
"${encrypt[@]}" -aes-256-gcm -recip "$work/recipient.pem" -out corpus/envelope/openssl-sha1
"${encrypt[@]}" -aes-256-gcm -keyid "${to_recipient[@]}" -out corpus/envelope/openssl-by-key-id
"${encrypt[@]}" -aes-256-gcm -stream -indef "${to_recipient[@]}" -out corpus/envelope/openssl-indefinite
"${encrypt[@]}" -aes-256-cbc "${to_recipient[@]}" -out corpus/envelope/openssl-cbc
"${encrypt[@]}" -aes-256-gcm "${under_key[@]}" -out corpus/envelope/openssl-shared-key
"${encrypt[@]}" -aes-256-gcm "${under_key[@]}" "${to_recipient[@]}" -out corpus/envelope/openssl-two-recipients

openssl x509 -inform DER -in ocsp_request_ca.der -out "$work/ca.pem"
for hash in sha1 sha256; do
  openssl ocsp -"$hash" -issuer "$work/ca.pem" -serial 0x8f00aa -reqout "corpus/ocsp_request/openssl-$hash" >/dev/null
done
openssl ocsp -no_nonce -sha256 -issuer "$work/ca.pem" -serial 1 -serial 2 -serial 3 -reqout corpus/ocsp_request/openssl-three >/dev/null
openssl ocsp -sha256 -issuer "$work/self.pem" -serial 1 -reqout corpus/ocsp_request/openssl-other-ca >/dev/null

stamps=corpus/time_stamp
openssl ts -query -data "$work/content" -sha256 -cert -out "$stamps/openssl" 2>/dev/null
openssl ts -query -data "$work/content" -sha256 -no_nonce -tspolicy 1.2.3 -out "$stamps/openssl-policy" 2>/dev/null
openssl ts -query -data "$work/content" -sha512 -out "$stamps/openssl-sha512" 2>/dev/null
openssl req -x509 -key "$work/key" -subj "/CN=Stamps" -days 30 -addext basicConstraints=critical,CA:FALSE \
  -addext keyUsage=critical,digitalSignature -addext extendedKeyUsage=critical,timeStamping -out "$work/stamper.pem"
cat >"$work/ts.cnf" <<END
[tsa]
serial = $work/serial
digests = sha256
signer_digest = sha256
ess_cert_id_alg = sha256
accuracy = secs:1
tsa_name = yes
default_policy = 1.2.3
END
openssl ts -reply -config "$work/ts.cnf" -section tsa -queryfile "$stamps/openssl" -signer "$work/stamper.pem" -inkey "$work/key" \
  -out "$stamps/openssl-reply" 2>/dev/null
openssl ts -reply -config "$work/ts.cnf" -section tsa -queryfile "$stamps/openssl-sha512" -signer "$work/stamper.pem" \
  -inkey "$work/key" -out "$stamps/openssl-refusal" 2>/dev/null
