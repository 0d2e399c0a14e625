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

// discover_network asks the authority at `service_url` for its CA certificate, which must verify under `root`
// (given by the operator), and then asks again over a connection that is authenticated below that CA; only
// the second answer is believed. kCertificateUnknown when the authority belongs to another network. Trusts
// the own data centre alone; the map of all others is kept in `map_file` and brought by a MapRefresh.
Result<NetworkView> discover_network(const x509::Certificate& root, const std::string& service_url,
                                     const std::filesystem::path& map_file, const Clock& clock);

// authority_peer is how the authority's TLS server is judged: by role, and by the one subject that it has in
// every data centre.
Result<http::PeerCheck> authority_peer(std::shared_ptr<const x509::TrustAnchor> anchor,
                                       const x509::Name& data_centre);

}  // namespace countersign::merchant
