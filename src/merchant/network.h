// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "http/client.h"
#include "network/anchor_source.h"

namespace countersign::merchant {

// NetworkView is the network as this gateway sees it: whom it trusts, and where its authority answers.
struct NetworkView {
  // Whom the gateway trusts now; changes while it runs.
  std::shared_ptr<const x509::TrustAnchor> anchor() const { return trust->current(); }

  std::shared_ptr<network::AnchorSource> trust;
  x509::Certificate ca;    // of the own data centre
  x509::Name data_centre;  // what the CA may issue below
  std::string service_url, status_url;
};

// NetworkPlace is what a gateway knows of its network before it has asked anybody.
struct NetworkPlace {
  x509::Certificate root;  // given by the operator
  std::string service_url;
  std::filesystem::path map_file;
  std::optional<x509::Name> data_centre =
      {};  // that issued the gateway's certificate; absent before there is one
};

// discover_network asks the authority at `service_url` for its CA certificate, which must verify under the
// root, or under the one that kept maps have passed to, and then asks again over a connection that is
// authenticated below that CA: the server has the one subject that the authority of that data centre has, and
// is certified for the very address; only the second answer is believed. kCertificateUnknown when the
// authority belongs to another network, kWrongOrigin when another server answers, kForbidden for another data
// centre than the one that is known, or that the kept map has at that address. Trusts the own data centre
// alone; the map of all others is kept in `map_file` and brought by a MapRefresh; one that is spoilt is put
// aside.
Result<NetworkView> discover_network(const NetworkPlace& place, const Clock& clock);

// authority_peer is how the authority's TLS server is judged: by role, and by the one subject that it has in
// every data centre.
Result<http::PeerCheck> authority_peer(std::shared_ptr<const x509::TrustAnchor> anchor,
                                       const x509::Name& data_centre);

}  // namespace countersign::merchant
