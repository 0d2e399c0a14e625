// SPDX-License-Identifier: Apache-2.0
#include "network/anchor_source.h"

#include <algorithm>
#include <stdexcept>

#include "network/authority_name.h"
#include "network/path_begins.h"

namespace countersign::network {
namespace {

using SharedAnchor = std::shared_ptr<const x509::TrustAnchor>;

// Null where one of the CAs is not of the root.
SharedAnchor join(const x509::Certificate& root, std::vector<x509::Certificate> cas,
                  std::vector<x509::Certificate> other_roots, TimePoint at) {
  const auto joined = x509::TrustAnchor::create(root, std::move(cas), at);
  if (!joined) return nullptr;
  return std::make_shared<const x509::TrustAnchor>(joined.value().with_other_roots(std::move(other_roots)));
}

// What is part of a verified map verifies as of its issue.
SharedAnchor require(SharedAnchor anchor) {
  if (!anchor) throw std::logic_error("network map: a CA of a verified map does not verify");
  return anchor;
}

}  // namespace

AnchorSource::AnchorSource(OwnDataCentre own, std::shared_ptr<KeptMap> kept)
    : own_(std::move(own)), kept_(std::move(kept)) {}

// The CAs of data centres that have retired do not count. A map without the own data centre: its own CAs
// stand beside those of the map, if they are of its root.
std::shared_ptr<const x509::TrustAnchor> AnchorSource::anchor_of(
    const std::shared_ptr<const MapView>& view) const {
  const TimePoint now = kept_->clock().now();
  const auto is_left_out = [&](const documents::MappedDataCentre& each) {
    return has_retired(each, now) && !(each.name == own_.name);
  };
  const auto retired = static_cast<std::size_t>(std::ranges::count_if(view->map.data_centres, is_left_out));
  const bool names_own = documents::find_data_centre(view->map, own_.name) != nullptr;
  if (names_own && retired == 0) return view->anchor;
  const std::lock_guard lock(mutex_);
  if (joined_view_ == view && joined_without_ == retired) return joined_;
  std::vector<x509::Certificate> all;
  for (const documents::MappedDataCentre& each : view->map.data_centres)
    if (!is_left_out(each)) all.insert(all.end(), each.ca_certificates.begin(), each.ca_certificates.end());
  joined_.reset();
  const auto& others = view->anchor->other_roots();
  if (!names_own) {
    auto with_own = all;
    with_own.insert(with_own.end(), own_.anchor->data_centre_cas().begin(),
                    own_.anchor->data_centre_cas().end());
    joined_ = join(view->anchor->root(), std::move(with_own), others, std::max(now, view->map.issued));
  }
  if (!joined_) joined_ = require(join(view->anchor->root(), std::move(all), others, view->map.issued));
  joined_view_ = view;
  joined_without_ = retired;
  return joined_;
}

// The own data centre alone, below the root that is trusted now. What was found without a map gives way to
// what the newest one says of it, also once that is over: else a CA that was taken out would come back.
SharedAnchor AnchorSource::own_anchor_by(const MapView& newest) const {
  const x509::Certificate& root = newest.anchor->root();
  const auto& others = newest.anchor->other_roots();
  const documents::MappedDataCentre* mapped = documents::find_data_centre(newest.map, own_.name);
  if (mapped == nullptr && root == own_.anchor->root())
    return std::make_shared<const x509::TrustAnchor>(own_.anchor->with_other_roots(others));
  return require(join(root, mapped == nullptr ? std::vector<x509::Certificate>() : mapped->ca_certificates,
                      others, newest.map.issued));
}

// Where the map is gone and the root that it had passed to is known still, nobody is: until a map names the
// own data centre below that root.
SharedAnchor AnchorSource::own_anchor() const {
  const auto newest = this->newest();
  if (!newest && (!kept_ || kept_->root() == own_.anchor->root())) return own_.anchor;
  const std::lock_guard lock(mutex_);
  if (!newest) {
    const x509::Certificate root = kept_->root();
    if (!own_joined_ || !(own_joined_->root() == root))
      own_joined_ = require(join(root, {}, kept_->other_roots(), root.not_before()));
    return own_joined_;
  }
  if (own_view_ != newest) own_joined_ = own_anchor_by(*newest);
  own_view_ = newest;
  return own_joined_;
}

SharedAnchor AnchorSource::current() const {
  const auto view = map();
  return view ? anchor_of(view.value()) : own_anchor();
}

Result<void> AnchorSource::expect_own_authority(const std::vector<Bytes>& chain) const {
  if (!kept_) return fail(ErrorCode::kUnsupported, "network map: none is kept here");
  if (chain.empty()) return fail(ErrorCode::kCertificateUnknown, "authority: showed no certificate");
  TRY(const auto server, x509::Certificate::from_der(chain.front()));
  const auto known = current();
  const TimePoint now = kept_->clock().now();
  auto verdict = x509::verify_path(server, *known, x509::Role::kAuthorityServer, now);
  for (auto each = chain.begin() + 1; !verdict && each != chain.end(); ++each) {
    const auto ca = x509::Certificate::from_der(*each);
    if (!ca || kept_->has_withdrawn(ca.value())) continue;
    const auto subtree = x509::permitted_subtree(ca.value());
    if (!subtree || !(subtree.value() == own_.name)) continue;
    const auto shown = x509::TrustAnchor::create(known->root(), {ca.value()}, now);
    if (shown && x509::verify_path(server, shown.value(), x509::Role::kAuthorityServer, now)) verdict = ok();
  }
  TRY(verdict);
  TRY(const auto name, authority_server_name(own_.name));
  if (server.subject() == name) return ok();
  return fail(ErrorCode::kWrongOrigin, "authority: " + server.subject().text() + " is not " + name.text());
}

Result<void> AnchorSource::expect_confirms(const x509::Certificate& signer, const x509::Name& data_centre,
                                           Answer answer, TimePoint decided) const {
  const auto view = map();
  const documents::MappedDataCentre* mapped =
      view ? documents::find_data_centre(view.value()->map, data_centre) : nullptr;
  // What has retired refuses and does nothing else, also once the map that said so is over.
  const auto last = newest();
  const documents::MappedDataCentre* known =
      last ? documents::find_data_centre(last->map, data_centre) : nullptr;
  if (known != nullptr && answer == Answer::kConfirmation) {
    TRY(expect_not_retired(*known, decided));
  }
  if (mapped == nullptr && !(data_centre == own_.name)) {
    TRY(data_centre_named(data_centre));
  }
  const auto anchor = mapped != nullptr ? view.value()->anchor : current();
  TRY(x509::verify_path(signer, *anchor, x509::Role::kConfirmationSigner,
                        std::max(decided, path_begins(signer, *anchor))));
  return x509::require_speaks_for(signer, data_centre, *anchor,
                                  answer == Answer::kConfirmation ? "confirmation" : "refusal");
}

// Also where the map has a region above the own data centre, and not that itself.
bool AnchorSource::is_own(const x509::Name& subject, const documents::MappedDataCentre* home) const {
  return subject.is_below(own_.name) && (home == nullptr || !home->name.is_below(own_.name));
}

std::string AnchorSource::foreign_home_of(const x509::Name& subject) const {
  const auto view = map();
  const documents::MappedDataCentre* home = view ? documents::home_of(view.value()->map, subject) : nullptr;
  if (is_own(subject, home)) return {};
  return home != nullptr ? home->name.text() : subject.text();
}

Result<std::string> AnchorSource::status_url_of(const x509::Name& subject, TimePoint now) const {
  const auto view = map();
  const documents::MappedDataCentre* home = view ? documents::home_of(view.value()->map, subject) : nullptr;
  if (is_own(subject, home)) return own_.status_url;
  if (home == nullptr)
    return fail(ErrorCode::kCertificateUnknown, subject.text() + ": of no data centre known here");
  if (has_retired(*home, now))
    return fail(ErrorCode::kCertificateUnknown,
                subject.text() + ": its data centre retired at " + format_time(*home->retired));
  return home->status_url;
}

Result<documents::MappedDataCentre> AnchorSource::data_centre_named(const x509::Name& name) const {
  TRY(const auto view, map());
  if (const documents::MappedDataCentre* found = documents::find_data_centre(view->map, name)) return *found;
  return fail(ErrorCode::kCertificateUnknown, "network map: no data centre " + name.text() + " in version " +
                                                  std::to_string(view->map.version));
}

Result<KeptMap::Taken> AnchorSource::take(BytesView signed_map) {
  if (!kept_) return fail(ErrorCode::kUnsupported, "network map: none is kept here");
  return kept_->take(signed_map);
}

Result<std::shared_ptr<const MapView>> AnchorSource::map() const {
  if (!kept_) return fail(ErrorCode::kNotFound, "network map: none is kept here");
  return kept_->current();
}

std::shared_ptr<const MapView> AnchorSource::newest() const {
  return kept_ ? kept_->newest() : nullptr;
}

}  // namespace countersign::network
