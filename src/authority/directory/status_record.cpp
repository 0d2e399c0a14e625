// SPDX-License-Identifier: Apache-2.0
#include "authority/directory/status_record.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <sstream>

#include "authority/directory/directory_rows.h"
#include "authority/directory/status_journal.h"
#include "base/log.h"
#include "storage/file.h"

namespace countersign::authority {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestFile = std::size_t{1} << 30;
constexpr std::size_t kLongestLine = 256;

std::string text_of(const RecordedStatus& line) {
  std::ostringstream text;
  text << line.serial.hex() << ' ' << line.version << ' ' << state_name(line.state) << ' '
       << x509::reason_name(line.reason) << ' ' << unix_seconds(line.changed) << ' '
       << unix_seconds(line.not_after) << '\n';
  return text.str();
}

Result<RecordedStatus> line_of(const std::string& text) {
  std::istringstream words(text);
  std::string serial;
  std::string state;
  std::string reason;
  std::string more;
  std::int64_t version = 0;
  std::int64_t changed = 0;
  std::int64_t not_after = 0;
  words >> serial >> version >> state >> reason >> changed >> not_after;
  const auto known_state = state_of_name(state);
  const auto known_reason = x509::reason_of_name(reason);
  if (!words || words >> more || version < 1 || !known_reason || !known_state ||
      *known_state == CertificateState::kActive) {
    return fail(ErrorCode::kMalformed, "not a suspension or revocation");
  }
  TRY(auto number, x509::SerialNumber::from_hex(serial));
  return RecordedStatus{
      std::move(number),           version, *known_state, *known_reason, from_unix_seconds(changed),
      from_unix_seconds(not_after)};
}

// What a crash left behind the last line break goes before anything is appended.
Result<std::size_t> end_of_last_line(const storage::FileDescriptor& file, const fs::path& name) {
  TRY(const std::size_t size, file.size());
  const std::size_t begin = size - std::min(size, kLongestLine);
  if (::lseek(file.number(), static_cast<off_t>(begin), SEEK_SET) < 0)
    return fail(storage::system_error(name));
  Bytes tail(size - begin);
  TRY(const std::size_t got, file.read_up_to(tail));
  const std::string_view text = as_text(BytesView(tail).first(got));
  const std::size_t last = text.rfind('\n');
  return last == std::string_view::npos ? begin : begin + last + 1;
}

Result<void> cut(const storage::FileDescriptor& file, std::size_t size, const fs::path& name) {
  if (::ftruncate(file.number(), static_cast<off_t>(size)) != 0) return fail(storage::system_error(name));
  if (::lseek(file.number(), static_cast<off_t>(size), SEEK_SET) < 0)
    return fail(storage::system_error(name));
  return ok();
}

// Until the descriptor closes: a commit that fails may let go of the store before its lines are cut off.
Result<void> lock(const storage::FileDescriptor& file, const fs::path& name) {
  while (::flock(file.number(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail(storage::system_error(name));
  }
  return ok();
}

Result<RecordedStatus> recorded_of_row(const storage::Row& row) {
  TRY(auto serial, x509::SerialNumber::from_bytes(row.blob(0)));
  TRY(const auto state, state_of_column(row.text(2)));
  return RecordedStatus{std::move(serial),
                        row.integer(1),
                        state,
                        static_cast<x509::RevocationReason>(row.integer(3)),
                        from_unix_seconds(row.integer(4)),
                        from_unix_seconds(row.integer(5))};
}

// What the lines of one certificate say together: the gravest state, the highest version.
RecordedStatus gravest_of(std::span<const RecordedStatus* const> lines) {
  RecordedStatus result = *lines.front();
  for (const RecordedStatus* line : lines) {
    const std::int64_t version = std::max(result.version, line->version);
    if (result.state != CertificateState::kRevoked && line->state == CertificateState::kRevoked)
      result = *line;
    result.version = version;
  }
  return result;
}

// Whether the entry's state became graver.
Result<bool> apply_to_entry(storage::Transaction& transaction, const storage::Row& row,
                            const RecordedStatus& status) {
  TRY(const auto before, state_of_column(row.text(1)));
  if (before == CertificateState::kRevoked) return false;
  if (before == status.state) {
    TRY(transaction.execute("UPDATE certificate SET status_version = $1 WHERE serial = $2",
                            {status.version, status.serial.bytes()}));
    return false;
  }
  TRY(transaction.execute(
      "UPDATE certificate SET state = $1, reason = $2, changed = $3, status_version = $4 WHERE serial = $5",
      {std::string(state_name(status.state)), static_cast<std::int64_t>(status.reason),
       unix_seconds(status.changed), status.version, status.serial.bytes()}));
  return true;
}

// Whether it was new to the store.
Result<bool> keep_unknown(storage::Transaction& transaction, const RecordedStatus& status) {
  TRY(const std::int64_t added,
      transaction.execute(
          "INSERT INTO lost_certificate (serial, status_version, state, reason, changed, not_after) "
          "VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (serial) DO UPDATE SET "
          "status_version = excluded.status_version, state = excluded.state, reason = excluded.reason, "
          "changed = excluded.changed WHERE lost_certificate.status_version < excluded.status_version",
          {status.serial.bytes(), status.version, std::string(state_name(status.state)),
           static_cast<std::int64_t>(status.reason), unix_seconds(status.changed),
           unix_seconds(status.not_after)}));
  return added == 1;
}

}  // namespace

Result<std::optional<std::vector<RecordedStatus>>> StatusRecord::read(const fs::path& file) {
  const Result<Bytes> content = storage::read_file(file, kLargestFile);
  if (!content) {
    if (content.error().code == ErrorCode::kNotFound) return std::nullopt;
    return fail(content.error(), "status record");
  }
  std::vector<RecordedStatus> lines;
  std::string_view rest = as_text(content.value());
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    auto line = line_of(std::string(rest.substr(0, end)));
    if (!line) {
      return fail(ErrorCode::kMalformed, "status record: " + file.string() + ": line " +
                                             std::to_string(lines.size() + 1) + ": " + line.error().detail);
    }
    lines.push_back(std::move(line).value());
    rest.remove_prefix(end + 1);
  }
  return lines;
}

Result<void> StatusRecord::write(const fs::path& file, std::span<const RecordedStatus> lines) {
  std::string text;
  for (const RecordedStatus& line : lines) text += text_of(line);
  return storage::write_file(file, as_bytes(text), storage::FileMode::kPrivate);
}

Result<StatusRecord::Appended> StatusRecord::append(const fs::path& file,
                                                    std::span<const RecordedStatus> lines) {
  std::string text;
  for (const RecordedStatus& line : lines) text += text_of(line);
  TRY(auto opened, storage::FileDescriptor::open(file, O_RDWR | O_NOFOLLOW));
  TRY(lock(opened, file));
  TRY(const std::size_t end, end_of_last_line(opened, file));
  TRY(cut(opened, end, file));
  Appended appended(std::move(opened), end, file);
  Result<void> written = appended.file_.write_all(as_bytes(text));
  if (written) written = appended.file_.sync();
  if (!written) {
    TRY(appended.take_back());
    return fail(written.error(), "status record: " + file.string());
  }
  return appended;
}

Result<void> StatusRecord::Appended::take_back() const {
  TRY(cut(file_, end_, name_));
  return file_.sync();
}

Result<void> StatusChanges::append() {
  auto appended = StatusRecord::append(record_, lines_);
  if (appended) {
    appended_.emplace(std::move(appended).value());
    return ok();
  }
  if (appended.error().code != ErrorCode::kNotFound) return fail(appended.error());
  // Someone took the file away since the store was opened: what the store knows makes another. That one stays
  // when the commit fails, since none would be too little.
  TRY(const auto all, recorded_statuses(transaction_));
  return StatusRecord::write(record_, all);
}

void StatusChanges::take_back() {
  if (!appended_) return;
  const auto taken_back = appended_->take_back();
  if (!taken_back) log_error("status_record_not_taken_back", taken_back.error());
}

Result<void> StatusRecord::forget_expired(const fs::path& file, TimePoint now) {
  TRY(auto lines, read(file));
  if (!lines) return ok();
  if (std::erase_if(*lines, [now](const RecordedStatus& line) { return line.not_after < now; }) == 0)
    return ok();
  return write(file, *lines);
}

Result<std::vector<RecordedStatus>> recorded_statuses(storage::Reader& reader) {
  TRY(const auto rows,
      reader.query("SELECT serial, status_version, state, reason, changed, not_after FROM certificate "
                   "WHERE state <> 'active' UNION ALL "
                   "SELECT serial, status_version, state, reason, changed, not_after FROM lost_certificate",
                   {}));
  std::vector<RecordedStatus> lines;
  lines.reserve(rows.size());
  for (const auto& row : rows) {
    TRY(auto line, recorded_of_row(row));
    lines.push_back(std::move(line));
  }
  return lines;
}

Result<std::vector<RecordedStatus>> apply_statuses(storage::Transaction& transaction,
                                                   std::span<const RecordedStatus> lines) {
  std::map<std::string, std::vector<const RecordedStatus*>> by_serial;
  for (const RecordedStatus& line : lines) by_serial[line.serial.hex()].push_back(&line);
  std::vector<RecordedStatus> applied;
  for (auto& [serial, all] : by_serial) {
    TRY(const auto row,
        transaction.query_one("SELECT status_version, state FROM certificate WHERE serial = $1",
                              {all.front()->serial.bytes()}));
    if (row) std::erase_if(all, [&](const RecordedStatus* line) { return line->version <= row->integer(0); });
    if (all.empty()) continue;
    RecordedStatus status = gravest_of(all);
    TRY(const bool changed,
        row ? apply_to_entry(transaction, *row, status) : keep_unknown(transaction, status));
    if (!changed) continue;
    TRY(append_to_journal(transaction,
                          {status.serial, status.state, status.reason, status.changed, status.not_after}));
    applied.push_back(std::move(status));
  }
  if (!applied.empty()) {
    TRY(transaction.execute("UPDATE directory_version SET version = version + 1", {}));
  }
  return applied;
}

}  // namespace countersign::authority
