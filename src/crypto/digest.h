// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <initializer_list>
#include <optional>

#include "base/bytes.h"
#include "crypto/secret.h"

namespace countersign::crypto {

using Sha1Digest = std::array<std::uint8_t, 20>;

// Fail only by exhaustion (exception), never silently. FIPS 180-4.
Sha256Digest sha256(BytesView bytes);
// SHA-256 over the concatenation of the parts.
Sha256Digest sha256_of(std::initializer_list<BytesView> parts);
// Only for what RFC 6960 CertIDs of old clients and key identifiers ask for; never for a signature.
Sha1Digest sha1(BytesView bytes);

// The hashes that a time-stamp may be over, from the shortest on (FIPS 180-4).
enum class HashAlgorithm { kSha256, kSha384, kSha512 };
std::string_view hash_name(HashAlgorithm algorithm);  // "sha-256"
std::optional<HashAlgorithm> hash_of_name(std::string_view name);
std::size_t hash_size(HashAlgorithm algorithm);  // octets of a digest
Bytes hash(HashAlgorithm algorithm, BytesView bytes);

// HMAC of RFC 2104 with SHA-256.
Sha256Digest hmac_sha256(const SecretBytes& key, BytesView message);
// HKDF of RFC 5869 with SHA-256; `purpose` is its info, and `size` at most 8160 bytes. Without a salt: an
// empty one.
SecretBytes derive_key(const SecretBytes& key, std::string_view purpose, std::size_t size);
SecretBytes derive_key(const SecretBytes& key, BytesView salt, std::string_view purpose, std::size_t size);

}  // namespace countersign::crypto
