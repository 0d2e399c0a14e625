// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <mutex>

#include "authority/interwork/foreign_status.h"
#include "authority/interwork/peers.h"
#include "authority/interwork/status_feeds.h"
#include "x509/cms.h"

namespace countersign::authority {

// ForeignParties knows the parties of other data centres by the network map, and asks their homes about them.
// Thread-safe.
class ForeignParties {
 public:
  struct Parts {
    x509::Name data_centre;  // our own
    CurrentMap current;
    NewestMap newest;
    Peers& peers;
    const Clock& clock;
    StatusFeeds* feeds = nullptr;  // null: every status is asked for
  };
  explicit ForeignParties(Parts parts) : parts_(std::move(parts)) {}

  // Recognises the signer of a message by the certificate that the message carries: the map has its home,
  // which is not ours and not retired; the path verifies under the map's root; the issuer is a CA of exactly
  // that home. kNotFound where this authority has no map and thus no network; kHomeUnreachable while its map
  // is over; kExpired for a home that is retired; kCertificateUnknown, kNameNotPermitted, kWrongRole and what
  // else verify_path says.
  Result<std::shared_ptr<const ForeignParty>> recognise(const x509::UnverifiedCms& cms) const;
  Result<std::shared_ptr<const ForeignParty>> recognise(x509::Certificate certificate) const;
  // Whether what was recognised would be recognised now: the same map is in force, and the home not retired.
  bool is_current(const ForeignParty& party) const;

  // Asks the home, by way of the relay where the map names one, for the status at this moment: OCSP with a
  // nonce. Answers once, on a thread of the lane or on this one, with a status that is verified: signed by a
  // responder that one of the home's own CAs certified, about this certificate, for this nonce, of a time not
  // before the question and not over. Errors: those of PeerAnswer and of verify_ocsp_response.
  using Answer = std::function<void(Result<std::shared_ptr<const ForeignStatus>>)>;
  void ask_status(std::shared_ptr<const ForeignParty> party, Answer answer) const;

  // What is known of it without asking anybody: answered before, and the home's feed live since. Null where
  // the home has to be asked. What is used is renewed in the background before its time is over.
  std::shared_ptr<const ForeignStatus> known_status(const std::shared_ptr<const ForeignParty>& party) const;

  // Judges it at `now` by all that is known at that moment; `in_hand` came with the order and may be null.
  // Answers the status that counts and what its goodness rests upon. Errors of judge_foreign.
  struct Judged {
    std::shared_ptr<const ForeignStatus> status;
    ForeignBasis basis;
  };
  Result<Judged> judge(const ForeignParty& party, std::shared_ptr<const ForeignStatus> in_hand, TimePoint now,
                       Seconds tolerance, const DegradedPolicy* degraded = nullptr) const;
  // For what operators see.
  void note(const ForeignParty& party, FollowedHome::Decided decided) const;
  // The chain of a message whose signer is of here, or of another data centre: x509::expect_chain, now, where
  // a CA may have been certified by each root that the map has, has passed or passes to. `own` is by whom our
  // own parties are known.
  Result<void> expect_chain(const x509::UnverifiedCms& cms, const x509::Certificate& signer,
                            const x509::TrustAnchor& own) const;
  Result<void> expect_chain(const x509::UnverifiedCms& cms, const ForeignParty& party) const;

  // Whether this data centre itself may confirm something new at `now`: kExpired once the newest map says
  // that it has retired, also when that map is over.
  Result<void> expect_own_standing(TimePoint now) const;

  // What the map says about who confirms an order for `authority`, in words for a refusal.
  std::string describe_authority(const x509::Name& authority) const;

 private:
  std::shared_ptr<FollowedHome> followed(const ForeignParty& party) const;
  BootMoment moment() const;

  const Parts parts_;
};

// expect_chain_of demands that besides the party's certificate the message carries exactly one, of the CA
// that issued it, so that a root alone suffices to verify it; see x509::expect_chain.
Result<void> expect_chain_of(const x509::UnverifiedCms& cms, const ForeignParty& party, TimePoint now);

// verify_foreign_status verifies an OCSPResponse about `party` that was asked for with `nonce` at `asked`, at
// `now`. Errors as ask_status.
Result<x509::OcspAnswer> verify_foreign_status(BytesView response, const ForeignParty& party, BytesView nonce,
                                               TimePoint asked, TimePoint now);

}  // namespace countersign::authority
