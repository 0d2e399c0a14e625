// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "checkpoint/note.h"
#include "network/kept_map.h"

namespace countersign::authority {

// KnownWitness is whom our log asks for cosignatures: whose word counts, and where it is asked.
struct KnownWitness {
  checkpoint::VerifierKey key;  // of type kCosignature
  std::string url;              // submission prefix, https or http, without a slash at its end
  friend bool operator==(const KnownWitness&, const KnownWitness&) = default;
};

// As many are asked: each has a thread of its own.
inline constexpr std::size_t kMostWitnesses = 32;

// parse_witness reads "<vkey> <url>", as `[log] witnesses` lists them. kMalformed; kUnsupported for a key
// that makes no cosignatures.
Result<KnownWitness> parse_witness(std::string_view text);

// witnesses_of gives those that are listed, then those of the map's data centres but `own` and the retired,
// each public key once, whatever its names: nobody has two voices. Nobody with the key `own_key` is among
// them. The first kMostWitnesses of them. `map` may be null. Pure.
std::vector<KnownWitness> witnesses_of(std::span<const KnownWitness> listed, const network::MapView* map,
                                       const x509::Name& own, const checkpoint::VerifierKey* own_key,
                                       TimePoint now);

}  // namespace countersign::authority
