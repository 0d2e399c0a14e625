// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "documents/fields.h"
#include "documents/network_map.h"

namespace countersign::network {

// PassedRoots are the roots that the maps of a network have passed to, in order, each with the link by which
// the one before names it.
struct PassedRoots {
  std::vector<documents::NextRoot> roots;
  std::optional<x509::Certificate> first;  // that the first of them followed; not in files of old

  // The root that is trusted now: from the one that the party was given along the links to the last. A party
  // that was given a later root since then begins there. Each link is judged as of the moment at which it
  // could be followed first: it was judged by the clock when it was followed. Errors of verify_next_root.
  Result<x509::Certificate> follow(const x509::Certificate& given) const;
  // The same roots with `first` as it is known to a party that was given this root. Where a file of old does
  // not say it, it is the one that was given, unless that is a later one: then it stays unknown. Without
  // roots there is no first. Errors of verify_next_root for one that does not vouch for the root behind it.
  Result<PassedRoots> with_first(const x509::Certificate& given) const;
  // Whether they begin with another root than `given`, which is none of them either.
  bool begin_elsewhere(const x509::Certificate& given) const;
};

// Their members in an object of any type: `roots` and `first`. 16 roots at most; reads no further than to
// well-formed certificates: links are judged by whoever follows them.
Result<PassedRoots> read_roots_members(documents::ObjectReader& reader);
void put_roots_members(const PassedRoots& passed, boost::json::object& object);

// The file of the roots alone: JSON of type "passed-network-roots", version 1, with these members. What is
// written can be read: kTooLarge for more roots.
inline constexpr std::size_t kMaxRootsFile = 2 << 20;  // octets
Result<PassedRoots> parse_roots_file(BytesView json);
Result<Bytes> write_roots_file(const PassedRoots& passed);

}  // namespace countersign::network
