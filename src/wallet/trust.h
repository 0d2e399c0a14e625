// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "wallet/identity.h"

// Whom a wallet trusts beside its own data centre, and how it learns that (K10). A purchase within the own
// data centre never depends on it: what cannot be had is in the log, and the purchase goes on without.
namespace countersign::wallet {

// learn_network asks the home authority for the network map and has the identity trust by it from here on.
// Whether a newer map came.
bool learn_network(const Parties& parties, Identity& identity);
// The same where it was an hour since the authority answered, or five minutes since it did not.
void learn_network_if_due(const Parties& parties, Identity& identity);

// reach_gateway opens a connection to a gateway of any data centre of the network. One whose CA is not known
// has the map fetched first, once.
Result<std::unique_ptr<GatewayAccess>> reach_gateway(const Parties& parties, Identity& identity,
                                                     const std::string& url, Carrier carrier);

// An authority, by the data centre whose it is.
struct AuthorityPlace {
  std::string url;
  x509::Name data_centre;
};
// The authority of the data centre of that name, which an order names: the own one where the enrolment says,
// others where the network map says. kCertificateUnknown where the map has none of that name; kExpired and
// kNotFound without a map.
Result<AuthorityPlace> authority_of(const Identity& identity, const x509::Name& data_centre);

// The merchant's data centre where it is another than the purchaser's, most specific part first and as people
// read it ("tokyo-1, jp"); else empty.
std::string elsewhere(const x509::Name& data_centre, const x509::Name& purchaser);

}  // namespace countersign::wallet
