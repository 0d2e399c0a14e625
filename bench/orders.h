// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/authority_process.h"

namespace countersign::bench {

// Shops are merchants of one data centre.
struct Shops {
  x509::Name data_centre;
  std::string origin;
  const std::vector<x509::Signer>& merchants;
};
Shops shops_of(const Site& site, const Parties& parties, std::string_view address = kLoopback);

// An order of this purchaser that both have signed, an instant ago.
Bytes countersigned_order(const Shops& shops, const x509::Signer& merchant, const x509::Signer& purchaser);

// So many orders over all connections, of the purchasers in turn, one list for each connection; connection c
// speaks for merchant c modulo their number.
std::vector<std::vector<Bytes>> prepare_orders(const Shops& shops,
                                               const std::vector<x509::Signer>& purchasers, int connections,
                                               int orders);

}  // namespace countersign::bench
