// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/route.h"

#include <algorithm>

namespace countersign::authority {

Result<Route> find_route(const network::MapView& view, const x509::Name& own, const x509::Name& subscriber) {
  TRY(const documents::MappedDataCentre* const home, view.home_of(subscriber));
  if (home->name == own)
    return fail(ErrorCode::kCertificateUnknown, "the network map has it here, where it was never issued");
  return route_to(view, own, *home);
}

Result<Route> route_to(const network::MapView& view, const x509::Name& own,
                       const documents::MappedDataCentre& home) {
  if (!home.through || *home.through == own) return Route{&home, &home, 0};
  const documents::MappedDataCentre* const relay = documents::find_data_centre(view.map, *home.through);
  if (relay == nullptr)
    return fail(ErrorCode::kNotFound, "dead end: the network map has no " + home.through->text() +
                                          ", through which " + home.name.text() + " is reached");
  return Route{&home, relay, 1};
}

namespace {

std::string text_of(const std::vector<x509::NameAttribute>& attributes) {
  std::string text;
  for (const x509::NameAttribute& each : attributes) {
    if (!text.empty()) text += ", ";
    text += each.type + "=" + each.value;
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace

std::string describe_route(const Route& route, const x509::Name& own, const x509::Name& subscriber) {
  const x509::RelativePath path = x509::relative_subscriber_path(subscriber, own);
  std::string text = "climb  " + text_of(path.up) + ", from " + own.text() + "\n";
  text += "down   " + text_of(path.down) + "\n";
  text += "home   " + route.home->name.text() + " at " + route.home->service_url + "\n";
  text += "asked  " + route.asked->name.text() + " at " + route.asked->service_url;
  return text + (route.is_relayed() ? ", which relays\n" : "\n");
}

bool issues_for(const documents::MappedDataCentre& home, const x509::Certificate& certificate) {
  return std::ranges::any_of(home.ca_certificates, [&](const x509::Certificate& ca) {
    return certificate.issuer() == ca.subject() &&
           certificate.extensions().authority_key_id == ca.extensions().subject_key_id;
  });
}

Result<const documents::MappedDataCentre*> identify_peer(const network::MapView& view,
                                                         const x509::Certificate& certificate, TimePoint at) {
  TRY(const documents::MappedDataCentre* const home, view.home_of(certificate.subject()));
  if (!issues_for(*home, certificate))
    return fail(ErrorCode::kNameNotPermitted, "peer: " + certificate.subject().text() +
                                                  " is certified by no CA that the network map names for " +
                                                  home->name.text());
  TRY(x509::verify_path(certificate, *view.anchor, x509::Role::kAuthorityServer, at));
  return home;
}

}  // namespace countersign::authority
