// SPDX-License-Identifier: Apache-2.0
#include "network/anchor_source.h"

#include <algorithm>

namespace countersign::network {

AnchorSource::AnchorSource(OwnDataCentre own, std::shared_ptr<KeptMap> kept)
    : own_(std::move(own)), kept_(std::move(kept)) {}

// The CAs of data centres that have retired do not count. A map without the own data centre: its own CAs
// stand beside those of the map, if they are of its root.
std::shared_ptr<const x509::TrustAnchor> AnchorSource::anchor_of(
    const std::shared_ptr<const MapView>& view) const {
  const TimePoint now = kept_->clock().now();
  const auto is_left_out = [&](const documents::MappedDataCentre& each) {
    return each.retired && *each.retired <= now && !(each.name == own_.name);
  };
  const auto retired = static_cast<std::size_t>(std::ranges::count_if(view->map.data_centres, is_left_out));
  const bool names_own = documents::find_data_centre(view->map, own_.name) != nullptr;
  if (names_own && retired == 0) return view->anchor;
  const std::lock_guard lock(mutex_);
  if (joined_view_ == view && joined_without_ == retired) return joined_;
  std::vector<x509::Certificate> all;
  for (const documents::MappedDataCentre& each : view->map.data_centres)
    if (!is_left_out(each)) all.insert(all.end(), each.ca_certificates.begin(), each.ca_certificates.end());
  if (!names_own)
    all.insert(all.end(), own_.anchor->data_centre_cas().begin(), own_.anchor->data_centre_cas().end());
  auto joined = x509::TrustAnchor::create(view->anchor->root(), std::move(all), view->map.issued);
  joined_ = joined ? std::make_shared<const x509::TrustAnchor>(std::move(joined).value()) : own_.anchor;
  joined_view_ = view;
  joined_without_ = retired;
  return joined_;
}

std::shared_ptr<const x509::TrustAnchor> AnchorSource::current() const {
  const auto view = map();
  return view ? anchor_of(view.value()) : own_.anchor;
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
  if (home->retired && *home->retired <= now)
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
