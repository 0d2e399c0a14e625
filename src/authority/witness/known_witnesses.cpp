// SPDX-License-Identifier: Apache-2.0
#include "authority/witness/known_witnesses.h"

#include <algorithm>

#include "http/url.h"

namespace countersign::authority {

Result<KnownWitness> parse_witness(std::string_view text) {
  const auto malformed = [](const std::string& why) {
    return fail(ErrorCode::kMalformed, "witness: \"<key> <url>\" is wanted: " + why);
  };
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return malformed("there is no space");
  TRY(auto key, checkpoint::VerifierKey::parse(text.substr(0, space)));
  if (key.type != checkpoint::KeyType::kCosignature)
    return fail(ErrorCode::kUnsupported, "witness: the key of " + key.name + " makes no cosignatures");
  std::string url(text.substr(space + 1));
  TRY(const http::Url parts, http::parse_url(url));
  if (url.find_first_of("?# ") != std::string::npos) return malformed("the URL has more than a path");
  while (url.ends_with('/')) url.pop_back();
  return KnownWitness{std::move(key), std::move(url)};
}

std::vector<KnownWitness> witnesses_of(std::span<const KnownWitness> listed, const network::MapView* map,
                                       const x509::Name& own, const checkpoint::VerifierKey* own_key,
                                       TimePoint now) {
  std::vector<KnownWitness> all(listed.begin(), listed.end());
  if (map != nullptr) {
    for (const documents::MappedDataCentre& centre : map->map.data_centres)
      if (centre.witness && !(centre.name == own) && !network::has_retired(centre, now))
        all.push_back({centre.witness->key, centre.witness->url});
  }
  std::vector<KnownWitness> once;
  for (KnownWitness& each : all) {
    const bool is_ours = own_key != nullptr && each.key.key == own_key->key;
    const bool is_there =
        std::ranges::any_of(once, [&](const KnownWitness& other) { return other.key.key == each.key.key; });
    if (!is_ours && !is_there && once.size() < kMostWitnesses) once.push_back(std::move(each));
  }
  return once;
}

}  // namespace countersign::authority
