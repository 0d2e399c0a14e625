// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/clock.h"
#include "merchant/checkout_watch.h"
#include "merchant/identity.h"
#include "merchant/network.h"
#include "merchant/terminal_links.h"
#include "storage/database.h"

namespace countersign::merchant {

// GatewayContext is what every part of the gateway stands on; all of it outlives the parts and is
// thread-safe.
struct GatewayContext {
  storage::Database& database;
  const Clock& clock;
  const NetworkView& network;
  Identity& identity;
  // Told of what becomes of checkouts; null: nobody listens.
  CheckoutWatch* watch = nullptr;
  // Null: no mediator comes here.
  TerminalLinks* terminals = nullptr;
};

}  // namespace countersign::merchant
