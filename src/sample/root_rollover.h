// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "sample/second_data_centre.h"

// What makes a network of two data centres pass to another root: the CAs keep their keys and are certified by
// both roots.
namespace countersign::sample {

struct RootRollover {
  explicit RootRollover(const SecondDataCentre& network)
      : of(network),
        link(take(x509::certify_next_root(of.root, next.certificate, of.now))),
        first_ca(anew(of.first_ca)),
        second_ca(anew(of.ca.certificate)) {}

  // The same CA below the next root.
  x509::Certificate anew(const x509::Certificate& ca) const {
    return take(x509::create_data_centre_ca(next, *ca.extensions().name_limits, ca.public_key(), of.now));
  }
  // The old root's map that names the next root.
  Bytes announcing(std::int64_t version) const {
    auto map = of.map(version);
    map.next_root = documents::NextRoot{next.certificate, link};
    return of.sign(map);
  }
  // The next root's first map.
  documents::NetworkMap taking_over_map(std::int64_t version) const {
    auto map = of.map(version);
    map.root = next.certificate;
    for (documents::MappedDataCentre& each : map.data_centres)
      each.ca_certificates = {each.name == of.name ? second_ca : first_ca};
    return map;
  }
  Bytes sign(const documents::NetworkMap& map) const {
    return take(documents::sign_network_map({signer.certificate, signer.key, {}}, map, of.now));
  }
  Bytes taking_over(std::int64_t version) const { return sign(taking_over_map(version)); }

  const SecondDataCentre& of;
  x509::Issuer next = make_root(of.now);
  x509::Certificate link, first_ca, second_ca;
  x509::Issuer signer = SecondDataCentre::make_map_signer(next, of.now);
};

}  // namespace countersign::sample
