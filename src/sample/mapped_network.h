// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/network_map.h"
#include "sample/issuers.h"

// A network of three data centres in two regions, and the maps that it signs.
namespace countersign::sample {

struct MappedNetwork {
  TimePoint now = from_unix_seconds(1'795'000'000);  // November 2026
  x509::Issuer root = make_root(now);
  x509::Issuer signer = make_signer(root, now);
  x509::Issuer jp = make_ca(root, limits("OU=jp,O=Countersign Demo"), now);
  x509::Issuer osaka = make_ca(root, limits("OU=osaka-1,OU=jp,O=Countersign Demo"), now);
  x509::Issuer seoul = make_ca(root, limits("OU=seoul-1,OU=kr,O=Countersign Demo"), now);

  static x509::NameLimits limits(std::string_view data_centre) {
    return {take(x509::Name::from_text(data_centre)), {"example.org"}, {}, {"127.0.0.0/8"}};
  }
  static x509::Issuer make_signer(const x509::Issuer& root, TimePoint from) {
    const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
    return {take(x509::create_map_signer(root, key.public_key(), from)), key};
  }

  // seoul-1 and jp are asked directly, osaka-1 through jp.
  documents::NetworkMap map(std::int64_t version = 1) const {
    documents::NetworkMap out{version, now, now + std::chrono::days(30), root.certificate, {}, {}};
    out.data_centres = {centre(jp, "https://jp.example.org"), centre(osaka, "https://osaka.example.org:8443"),
                        centre(seoul, "https://seoul.example.org")};
    out.data_centres[1].through = out.data_centres[0].name;
    std::ranges::sort(out.data_centres, {}, &documents::MappedDataCentre::name);
    return out;
  }
  static documents::MappedDataCentre centre(const x509::Issuer& ca, std::string service_url) {
    return {take(x509::permitted_subtree(ca.certificate)),
            {ca.certificate},
            std::move(service_url),
            "http://status.example.org",
            {},
            {}};
  }
  static documents::MappedDataCentre& find(documents::NetworkMap& map, std::string_view name) {
    for (documents::MappedDataCentre& centre : map.data_centres)
      if (centre.name.text() == name) return centre;
    throw std::runtime_error("no such data centre");
  }
  Bytes sign(const documents::NetworkMap& map) const {
    return take(documents::sign_network_map({signer.certificate, signer.key, {}}, map, now));
  }
};

}  // namespace countersign::sample
