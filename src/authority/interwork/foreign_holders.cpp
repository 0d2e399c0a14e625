// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/foreign_holders.h"

#include <future>

namespace countersign::authority {
namespace {

using Status = Result<std::shared_ptr<const ForeignStatus>>;

// The lane answers once, by itself; this is for a lane that would not.
constexpr std::chrono::seconds kLongestWait{15};

Status ask_and_wait(const ForeignParties& foreign, std::shared_ptr<const ForeignParty> party) {
  auto promise = std::make_shared<std::promise<Status>>();
  auto answered = promise->get_future();
  foreign.ask_status(std::move(party), [promise](Status status) { promise->set_value(std::move(status)); });
  if (answered.wait_for(kLongestWait) != std::future_status::ready)
    return fail(ErrorCode::kHomeUnreachable, "purchaser: its home gave no answer");
  return answered.get();
}

// What is known of it, or what its home says. A wrong answer is no answer, as it is for an order.
Status status_of(const ForeignParties& foreign, const std::shared_ptr<const ForeignParty>& party,
                 PlacesToWait& places) {
  if (auto known = foreign.known_status(party)) return known;
  const WaitingPlace place(places);
  if (!place.is_taken())
    return fail(ErrorCode::kUnavailable,
                "purchaser: too many others of other data centres wait for their homes");
  Status status = ask_and_wait(foreign, party);
  if (!status) return fail(ErrorCode::kHomeUnreachable, "purchaser: " + status.error().detail);
  return status;
}

}  // namespace

Result<x509::Certificate> judge_foreign_holder(const ForeignParties& foreign, const Clock& clock,
                                               PlacesToWait& places, const x509::UnverifiedCms& request) {
  const auto party = foreign.recognise(request);
  if (!party && party.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kCertificateUnknown, "purchaser: of no data centre known here");
  if (!party) return fail(party.error());
  const ForeignParty& holder = *party.value();
  if (holder.role != x509::Role::kPurchaser)
    return fail(ErrorCode::kWrongRole, "holder-request: is not signed by a purchaser");
  const TimePoint now = clock.now();
  if (now < holder.valid_from) return fail(ErrorCode::kNotYetValid, "purchaser's certificate");
  if (holder.valid_until < now) return fail(ErrorCode::kExpired, "purchaser's certificate");
  TRY(const auto status, status_of(foreign, party.value(), places));
  const auto good = foreign.judge(holder, status, clock.now(), kClockTolerance);
  if (!good && good.error().code != ErrorCode::kCertificateOnHold)
    return fail(good.error(), "purchaser's certificate");
  return holder.certificate;
}

}  // namespace countersign::authority
