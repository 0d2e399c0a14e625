// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "network/kept_map.h"

namespace countersign::authority {

// CurrentMap answers the network map in force. kNotFound where there is none, kExpired where it is over:
// whoever gets no map asks nobody and answers no other authority (network::KeptMap::current).
using CurrentMap = std::function<Result<std::shared_ptr<const network::MapView>>()>;
// NewestMap answers the newest one even if it is over; null before there is one.
using NewestMap = std::function<std::shared_ptr<const network::MapView>()>;

// Hops are the relays that a question may still pass, in the header that carries them; there is one at most.
inline constexpr std::string_view kHopsHeader = "countersign-hops";
inline constexpr int kMostHops = 1;

// Route is how a data centre asks about a subscriber (K6). Both point into the map.
struct Route {
  const documents::MappedDataCentre* home;   // whose responder answers
  const documents::MappedDataCentre* asked;  // the home, or the data centre above it that relays
  int hops = 0;                              // relays on the way

  bool is_relayed() const { return hops > 0; }
};

// find_route is the route of a question that `own` has about `subscriber`: climb to where the subscriber's
// path and one's own part, go down to the home. A home that `own` relays for is asked itself.
// kCertificateUnknown where the map has no home for that name, or where the home is `own`.
Result<Route> find_route(const network::MapView& view, const x509::Name& own, const x509::Name& subscriber);

// route_to is the route of a question that `own` has for the data centre `home` itself, which is of that map.
// kNotFound for a dead end.
Result<Route> route_to(const network::MapView& view, const x509::Name& own,
                       const documents::MappedDataCentre& home);

// describe_route says for people which way a question about `subscriber` goes: a line each for how far it
// climbs and where it goes down from there, for the home, and for who is asked.
std::string describe_route(const Route& route, const x509::Name& own, const x509::Name& subscriber);

// issues_for says whether `issuer` and its key are those of a CA that the map names for this data centre, so
// that `certificate` can be its. Says nothing about signatures.
bool issues_for(const documents::MappedDataCentre& home, const x509::Certificate& certificate);

// identify_peer says which data centre an authority is, by the certificate that it showed in TLS: its path
// verifies in the role authority-server under the map's anchor at `at`, and its issuer is a CA that the map
// names for the data centre that is the longest path above its subject. Errors of verify_path, and
// kCertificateUnknown, kNameNotPermitted.
Result<const documents::MappedDataCentre*> identify_peer(const network::MapView& view,
                                                         const x509::Certificate& certificate, TimePoint at);

}  // namespace countersign::authority
