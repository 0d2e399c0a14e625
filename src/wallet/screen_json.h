// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "wallet/enrolment.h"
#include "wallet/incoming.h"
#include "wallet/payment.h"

namespace countersign::wallet {

// What the local screen is told (docs/protocols/wallet-screen.md): data, no words for people.
boost::json::object describe(const EnrolmentView& view);
boost::json::object describe(const PaymentView& view);
boost::json::object describe(const Identity& identity);
boost::json::object describe(const ListedCertificate& certificate);
boost::json::object describe(card::Card& card);
boost::json::object describe(const HolderDataSummary& summary);
boost::json::object describe(const IncomingView& view);

}  // namespace countersign::wallet
