// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "checkpoint/note.h"
#include "x509/cms.h"
#include "x509/path.h"

namespace countersign::documents {

// MappedLog is the public log of a data centre's confirmations.
struct MappedLog {
  std::string origin;           // is_log_origin, and the name of its key
  checkpoint::VerifierKey key;  // of type kEd25519
  std::string url;              // http or https prefix of its checkpoint and tiles (is_web_prefix)
};

// MappedWitness is a data centre as a witness of the logs of others.
struct MappedWitness {
  checkpoint::VerifierKey key;  // of type kCosignature
  std::string url;              // https prefix that checkpoints are submitted to (is_https_prefix)
};

// MappedDataCentre is one data centre as the network map names it.
struct MappedDataCentre {
  x509::Name name;                                 // the subtree that its CA is permitted
  std::vector<x509::Certificate> ca_certificates;  // of its CA keys in use, oldest first; 1–4
  std::string service_url;                         // https origin of its service, without a path
  std::string status_url;                          // http or https origin of its OCSP responder and CRL
  // The data centre above it in the tree that relays what others ask about its subscribers; empty: it is
  // asked itself. A relay carries answers and cannot speak for those below it.
  std::optional<x509::Name> through;
  // From then on nothing new is confirmed with its subscribers; what was confirmed before stays verifiable.
  std::optional<TimePoint> retired;
  // Where it has them. No two logs have one origin, no two witnesses one name, and all keys are different.
  std::optional<MappedLog> log = {};
  std::optional<MappedWitness> witness = {};
};

// NextRoot is the root that follows, with the certificate that the present root made for its key
// (x509::certify_next_root): who signs maps cannot name a root of his own.
struct NextRoot {
  x509::Certificate root;
  x509::Certificate link;
};

// NetworkMap is what the network says of itself (type "network-map", version 1): its data centres, where they
// are asked, and the certificates of their CAs. URLs of authorities come from it and from nowhere else, never
// from a certificate or a message.
struct NetworkMap {
  std::int64_t version = 0;  // from 1; grows with each map
  TimePoint issued;
  TimePoint expires;
  x509::Certificate root;
  // The root that follows: its maps are taken, once they come, by whoever holds this one.
  std::optional<NextRoot> next_root;
  std::vector<MappedDataCentre> data_centres;  // at least one, by name (as DER), no two alike
};

// Limits of one map, signed or not.
inline constexpr std::size_t kMaxNetworkMap = 1 << 20;
inline constexpr std::size_t kMaxSignedNetworkMap = kMaxNetworkMap + (16 << 10);
inline constexpr std::size_t kMaxDataCentres = 1000;
inline constexpr std::size_t kMaxCasOfADataCentre = 4;

// write_network_map refuses what parse_network_map would: kMalformed, kTooLarge (over 1 MiB or 1,000 data
// centres), kUnsupported.
Result<Bytes> write_network_map(const NetworkMap& map);
// parse_network_map checks all that the map says of itself: names are strictly below the root's, CA
// certificates are permitted exactly the subtree that their data centre's name is, and may name the host of
// its service URL (kNameNotPermitted); a relay is an ancestor in the map that is itself asked directly and
// not retired, origins are origins, logs and witnesses are what MappedDataCentre says, no certificate begins
// after the issue of the map (kNotYetValid) or ends before its expiry (kExpired). Says nothing about
// signatures.
Result<NetworkMap> parse_network_map(BytesView json);

// find_data_centre is the data centre of that very name; nullptr where the map has none.
const MappedDataCentre* find_data_centre(const NetworkMap& map, const x509::Name& name);

// home_of is the data centre whose name is the longest above `subscriber` (strictly below it), nullptr where
// there is none: K6's relative subscriber path, climbed in one step.
const MappedDataCentre* home_of(const NetworkMap& map, const x509::Name& subscriber);

// sign_network_map makes the CMS of a map. The signer is certified by the root for this alone
// (Role::kNetworkMapSigner), so that a map can be renewed while the root's key stays offline; what it signs
// can move URLs and leave data centres out, but names no CA that the root has not certified.
Result<Bytes> sign_network_map(const x509::Signer& signer, const NetworkMap& map, TimePoint now);

// verify_network_map verifies a signed map under `root` at `at`: signature, the signer's role and path
// (signer → root), `root` inside the map is that root, every CA verifies under it, issued ≤ at (plus
// tolerance), the link of a next root. The map does not outlive its signer (kExpired). Expiry is judged at
// each use, by KeptMap. kCertificateUnknown for another root.
struct VerifiedMap {
  NetworkMap map;
  x509::Certificate signer;
  Sha256Digest digest{};  // of the map's JSON: its identity, which signatures are not
  std::shared_ptr<const x509::TrustAnchor> anchor;  // root and every CA of the map
};
Result<VerifiedMap> verify_network_map(BytesView der, const x509::Certificate& root, TimePoint at);
// verify_map_as_issued verifies it as of its own issue, also one that is over by now: for what it said then.
Result<VerifiedMap> verify_map_as_issued(BytesView der, const x509::Certificate& root);

}  // namespace countersign::documents
