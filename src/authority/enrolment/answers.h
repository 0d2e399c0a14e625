// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "authority/enrolment/enrolments.h"
#include "http/message.h"

namespace countersign::authority {

// The members of an enrolment ticket as merchants and wallets get them.
boost::json::object describe_ticket(const AuthorityContext& context, const EnrolmentTicket& ticket);
// The members `certificates` and `chain`, in PEM, and `sealedAgreement` where that certificate goes sealed.
void add_issued(boost::json::object& object, const AuthorityContext& context, const IssuedPair& issued);

// A page behind a link of a mail: leaks nothing onwards, cannot be framed.
http::Response page_answer(const std::string& html);
// The stylesheet of these pages.
http::Response stylesheet_answer();

}  // namespace countersign::authority
