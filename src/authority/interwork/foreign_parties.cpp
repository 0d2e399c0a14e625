// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/foreign_parties.h"

#include <algorithm>

#include "authority/interwork/ocsp_shape.h"
#include "crypto/random.h"

namespace countersign::authority {
namespace {

constexpr std::size_t kNonceSize = 32;

// The home alone: a responder of any other data centre has no path below it.
Result<x509::TrustAnchor> anchor_of(const ForeignParty& party, TimePoint now) {
  std::vector<x509::Certificate> cas;
  for (const x509::Certificate& ca : party.route.home->ca_certificates)
    if (ca.not_before() <= now && now <= ca.not_after()) cas.push_back(ca);
  return x509::TrustAnchor::create(party.view->anchor->root(), std::move(cas), now);
}

}  // namespace

Result<std::shared_ptr<const ForeignParty>> ForeignParties::recognise(const x509::UnverifiedCms& cms) const {
  const auto current = parts_.current();
  if (!current && current.error().code == ErrorCode::kNotFound)
    return fail(current.error());  // decode nothing
  TRY(x509::Certificate certificate, x509::Certificate::from_der(cms.signer_certificate_der()));
  return recognise(std::move(certificate));
}

Result<std::shared_ptr<const ForeignParty>> ForeignParties::recognise(x509::Certificate certificate) const {
  Result<std::shared_ptr<const network::MapView>> current = parts_.current();
  if (!current) {
    if (current.error().code == ErrorCode::kNotFound) return fail(current.error());
    return fail(ErrorCode::kHomeUnreachable, "no network map in force: " + current.error().detail);
  }
  const std::shared_ptr<const network::MapView> view = std::move(current).value();
  const Result<Route> found = find_route(*view, parts_.data_centre, certificate.subject());
  if (!found && found.error().code == ErrorCode::kNotFound)
    return fail(ErrorCode::kHomeUnreachable, found.error().detail);
  TRY(const Route route, found);
  TRY(network::expect_not_retired(*route.home, parts_.clock.now()));
  const std::optional<x509::Role> role = certificate.role();
  if (!role) return fail(ErrorCode::kWrongRole, "certificate: it has no single role");
  const x509::Certificate* const ca = view->anchor->issuer_of(certificate);
  // Where there is none verify_path says why; judged at the first moment at which all of the path is valid:
  // a path that is over is judged as a path, and what is over when something is decided.
  const TimePoint from =
      ca == nullptr
          ? certificate.not_before()
          : std::max({certificate.not_before(), ca->not_before(), view->anchor->root().not_before()});
  TRY(x509::verify_path(certificate, *view->anchor, *role, from));
  if (ca == nullptr || !issues_for(*route.home, certificate))
    return fail(ErrorCode::kNameNotPermitted,
                "certificate: issued by no CA that the network map names for " + route.home->name.text());
  const TimePoint until =
      std::min({certificate.not_after(), ca->not_after(), view->anchor->root().not_after()});
  return std::make_shared<const ForeignParty>(
      ForeignParty{std::move(certificate), *role, from, until, view, route, *ca});
}

bool ForeignParties::is_current(const ForeignParty& party) const {
  const auto current = parts_.current();
  return current && current.value() == party.view &&
         network::expect_not_retired(*party.route.home, parts_.clock.now()).has_value();
}

std::shared_ptr<FollowedHome> ForeignParties::followed(const ForeignParty& party) const {
  return parts_.feeds == nullptr ? nullptr : parts_.feeds->home(party.route.home->name);
}

BootMoment ForeignParties::moment() const {
  return parts_.feeds == nullptr ? SystemBootClock().now() : parts_.feeds->boot().now();
}

void ForeignParties::ask_status(std::shared_ptr<const ForeignParty> party, Answer answer) const {
  const Bytes nonce = crypto::random_bytes(kNonceSize);
  Result<Bytes> request = x509::make_ocsp_request(party->certificate, party->ca, nonce);
  if (!request) return answer(fail(request.error()));
  const std::shared_ptr<FollowedHome> home = followed(*party);
  const auto view = party->view;
  const Route route = party->route;
  // Before the question goes: what the feed tells after this counts, whatever is answered.
  ForeignStatus status{.response = nullptr,
                       .answer = {},
                       .asked = parts_.clock.now(),
                       .asked_at = moment(),
                       .mark = home ? home->mark() : FeedMark{},
                       .party = std::move(party)};
  parts_.peers.ask(view, route, std::move(request).value(),
                   [status = std::move(status), answer = std::move(answer), nonce, home,
                    &clock = parts_.clock](PeerAnswer got) mutable {
                     if (!got.response) return answer(fail(got.response.error()));
                     const ForeignParty& asked = *status.party;
                     auto verified =
                         verify_foreign_status(got.response.value(), asked, nonce, status.asked, clock.now());
                     if (!verified) return answer(fail(verified.error(), asked.route.home->name.text()));
                     status.response = std::make_shared<const Bytes>(std::move(got.response).value());
                     status.answer = std::move(verified).value();
                     status.at_home = got.at_home;
                     const auto kept = std::make_shared<const ForeignStatus>(std::move(status));
                     if (home) home->learn(kept);
                     answer(kept);
                   });
}

std::shared_ptr<const ForeignStatus> ForeignParties::known_status(
    const std::shared_ptr<const ForeignParty>& party) const {
  const std::shared_ptr<FollowedHome> home = followed(*party);
  if (!home) return nullptr;
  FollowedHome::Found found = home->find(*party, parts_.clock.now());
  if (found.renews)
    ask_status(party, [home, party](const auto& renewed) {
      if (!renewed) home->give_up(*party);
    });
  return std::move(found.status);
}

Result<ForeignParties::Judged> ForeignParties::judge(const ForeignParty& party,
                                                     std::shared_ptr<const ForeignStatus> in_hand,
                                                     TimePoint now, Seconds tolerance,
                                                     const DegradedPolicy* degraded) const {
  const std::shared_ptr<FollowedHome> home = followed(party);
  ForeignKnowledge known;
  if (home) {
    known = home->knowledge(party, std::move(in_hand));
  } else {
    known.status = std::move(in_hand);
  }
  TRY(const ForeignBasis basis, judge_foreign(known, {now, moment(), tolerance}, degraded));
  return Judged{std::move(known.status), basis};
}

void ForeignParties::note(const ForeignParty& party, FollowedHome::Decided decided) const {
  if (const std::shared_ptr<FollowedHome> home = followed(party)) home->note(decided);
}

std::string ForeignParties::describe_authority(const x509::Name& authority) const {
  const auto current = parts_.current();
  if (!current) return {};
  const documents::MappedDataCentre* const named =
      documents::find_data_centre(current.value()->map, authority);
  if (named == nullptr) return "; the network map has none of that name";
  return "; the network map names " + named->service_url + " for it";
}

Result<void> expect_chain_of(const x509::UnverifiedCms& cms, const ForeignParty& party, TimePoint now) {
  return x509::expect_chain(cms, party.certificate, party.ca, *party.view->anchor, now);
}

// Our own CA is the same under each root, and only the map says which there are.
Result<void> ForeignParties::expect_chain(const x509::UnverifiedCms& cms, const x509::Certificate& signer,
                                          const x509::TrustAnchor& own) const {
  const TimePoint now = parts_.clock.now();
  auto plain = x509::expect_chain(cms, signer, own, now);
  const auto current = plain ? fail(ErrorCode::kNotFound, "") : parts_.current();
  if (!current) return plain;
  const x509::TrustAnchor& mapped = *current.value()->anchor;
  std::vector<x509::Certificate> roots = mapped.other_roots();
  roots.push_back(mapped.root());
  return x509::expect_chain(cms, signer, own.with_other_roots(std::move(roots)), now);
}

Result<void> ForeignParties::expect_chain(const x509::UnverifiedCms& cms, const ForeignParty& party) const {
  return expect_chain_of(cms, party, parts_.clock.now());
}

Result<void> ForeignParties::expect_own_standing(TimePoint now) const {
  const auto newest = parts_.newest();
  const documents::MappedDataCentre* own =
      newest ? documents::find_data_centre(newest->map, parts_.data_centre) : nullptr;
  return own == nullptr ? ok() : network::expect_not_retired(*own, now);
}

Result<x509::OcspAnswer> verify_foreign_status(BytesView response, const ForeignParty& party, BytesView nonce,
                                               TimePoint asked, TimePoint now) {
  TRY(expect_ocsp_response(response));
  TRY(const x509::TrustAnchor home, anchor_of(party, now));
  TRY(x509::OcspAnswer answer,
      x509::verify_ocsp_response(response, party.certificate, home, nonce, now, kClockTolerance));
  if (answer.this_update + kClockTolerance < asked)
    return fail(ErrorCode::kExpired,
                "ocsp: the status is of before the question, " + format_time(answer.this_update));
  return answer;
}

}  // namespace countersign::authority
