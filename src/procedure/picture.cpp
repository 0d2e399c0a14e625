// SPDX-License-Identifier: Apache-2.0
#include "procedure/picture.h"

#include <algorithm>
#include <functional>
#include <map>

#include "base/html.h"
#include "procedure/explain.h"

namespace countersign::procedure {
namespace {

using documents::Procedure;
using documents::ProcedureStep;

constexpr int kLeastBoxWidth = 212, kBoxHeight = 92;
constexpr int kGap = 60, kRow = kBoxHeight + 34;
constexpr int kMargin = 28, kTop = 64, kBottom = 56;
// How wide a character is at most in the sizes of .name and .small, in tenths of a pixel.
constexpr std::size_t kNameCharacter = 94, kSmallCharacter = 70;

struct Place {
  int column = 0, row = 0;
  int width = kLeastBoxWidth;  // the same for all
  int x() const { return kMargin + column * (width + kGap); }
  int y() const { return kTop + row * kRow; }
};

std::string_view otherwise_words(documents::Otherwise otherwise) {
  switch (otherwise) {
    case documents::Otherwise::kUndo:
      return "fails: undo all";
    case documents::Otherwise::kPerson:
      return "fails: ask a person";
    case documents::Otherwise::kGoOn:
      return "fails: go on";
  }
  return "";
}

std::string work_of(const Procedure& procedure, const ProcedureStep& step) {
  return step.act.does + " · " + documents::service_of(procedure, step).kind;
}

std::string terms_of(const ProcedureStep& step) {
  return duration_text(step.act.deadline) + " × " + std::to_string(step.act.rounds) + " · " +
         std::string(otherwise_words(step.otherwise));
}

int box_width(const Procedure& procedure) {
  std::size_t tenths = 10 * static_cast<std::size_t>(kLeastBoxWidth);
  for (const ProcedureStep& step : procedure.steps) {
    const std::size_t small = std::max(work_of(procedure, step).size(), terms_of(step).size());
    tenths = std::max({tenths, 240 + step.name.size() * kNameCharacter, 240 + small * kSmallCharacter});
  }
  return static_cast<int>(tenths / 10);
}

// Each step stands one column behind the last of those that it waits for.
std::vector<Place> places_of(const Procedure& procedure) {
  const std::size_t count = procedure.steps.size();
  std::vector<int> columns(count, -1);
  const std::function<int(std::size_t)> column_of = [&](std::size_t step) {
    if (columns[step] >= 0) return columns[step];
    int column = 0;
    for (const std::string& name : procedure.steps[step].after)
      column = std::max(column, column_of(*documents::find_step(procedure, name)) + 1);
    return columns[step] = column;
  };
  std::map<int, int> filled;
  const int width = box_width(procedure);
  std::vector<Place> places(count);
  for (std::size_t i = 0; i < count; ++i) {
    const int column = column_of(i);
    places[i] = {column, filled[column]++, width};
  }
  return places;
}

std::string number(int value) {
  return std::to_string(value);
}

std::string text_at(int x, int y, std::string_view style, std::string_view text) {
  return "<text x=\"" + number(x) + "\" y=\"" + number(y) + "\" class=\"" + std::string(style) + "\">" +
         html_escape(text) + "</text>\n";
}

// The known kinds have a colour each, all others share one; the kind stands there in words, too.
std::string_view colour_of(std::string_view kind) {
  if (kind == documents::kChargingKind) return "#dbe9f6";
  if (kind == documents::kBillingKind) return "#e4f1dd";
  if (kind == documents::kBrokerageKind) return "#f6ead4";
  if (kind == documents::kLogisticsKind) return "#efe0f0";
  return "#e9e9e9";
}

std::string box(const Procedure& procedure, const ProcedureStep& step, const Place& place) {
  const std::string& kind = documents::service_of(procedure, step).kind;
  const bool is_point = step.name == procedure.point_of_no_return;
  std::string out = "<g role=\"img\" aria-label=\"" + html_escape(step.name + ": " + step.act.does) + "\">\n";
  out += "<rect x=\"" + number(place.x()) + "\" y=\"" + number(place.y()) + "\" width=\"" +
         number(place.width) + "\" height=\"" + number(kBoxHeight) + "\" rx=\"8\" fill=\"" +
         std::string(colour_of(kind)) + "\" class=\"" + (is_point ? "point" : "step") + "\"/>\n";
  const int x = place.x() + 12;
  out += text_at(x, place.y() + 22, "name", step.name);
  out += text_at(x, place.y() + 40, "small", work_of(procedure, step));
  out += text_at(x, place.y() + 58, "small", terms_of(step));
  out += text_at(x, place.y() + 78, step.undo ? "undo" : "final",
                 step.undo ? "↶ " + step.undo->does : std::string("cannot be undone"));
  return out + "</g>\n";
}

std::string arrow(const Place& from, const Place& to) {
  const int x1 = from.x() + from.width, y1 = from.y() + kBoxHeight / 2;
  const int x2 = to.x() - 4, y2 = to.y() + kBoxHeight / 2;
  const int bend = (x2 - x1) / 2;
  return "<path d=\"M" + number(x1) + " " + number(y1) + " C" + number(x1 + bend) + " " + number(y1) + " " +
         number(x2 - bend) + " " + number(y2) + " " + number(x2) + " " + number(y2) +
         "\" class=\"arrow\" marker-end=\"url(#head)\"/>\n";
}

constexpr std::string_view kStyle =
    "<style>text{font-family:sans-serif;fill:#1b1b1b}.title{font-size:18px;font-weight:bold}"
    ".name{font-size:15px;font-weight:bold}.small{font-size:12px}.undo{font-size:12px;fill:#1d5b2f}"
    ".final{font-size:12px;fill:#8c1d18}.step{stroke:#555;stroke-width:1}.point{stroke:#8c1d18;stroke-width:"
    "3}"
    ".arrow{fill:none;stroke:#555;stroke-width:1.5}</style>\n"
    "<defs><marker id=\"head\" markerWidth=\"8\" markerHeight=\"8\" refX=\"6\" refY=\"4\" orient=\"auto\">"
    "<path d=\"M0 0 L8 4 L0 8 z\" fill=\"#555\"/></marker></defs>\n";

}  // namespace

std::string picture(const Procedure& procedure) {
  const std::vector<Place> places = places_of(procedure);
  int columns = 1, rows = 1;
  for (const Place& place : places) {
    columns = std::max(columns, place.column + 1);
    rows = std::max(rows, place.row + 1);
  }
  const int width = std::max(2 * kMargin + columns * (places.front().width + kGap) - kGap, 640);
  const int height = kTop + rows * kRow + kBottom;
  const std::string title = procedure.name + ", revision " + std::to_string(procedure.revision);
  std::string out = "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" +
                    number(height) + "\" viewBox=\"0 0 " + number(width) + " " + number(height) + "\">\n";
  out += "<title>" + html_escape(title) + "</title>\n<desc>" + html_escape(explain(procedure)) + "</desc>\n";
  out += std::string(kStyle) + "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n";
  out += text_at(kMargin, 36, "title", title);
  for (std::size_t i = 0; i < places.size(); ++i)
    for (const std::string& name : procedure.steps[i].after)
      out += arrow(places[*documents::find_step(procedure, name)], places[i]);
  for (std::size_t i = 0; i < places.size(); ++i) out += box(procedure, procedure.steps[i], places[i]);
  if (!procedure.point_of_no_return.empty())
    out += text_at(kMargin, height - 22, "final",
                   "Thick: the point of no return, " + procedure.point_of_no_return +
                       ". Nothing is undone by itself once it may have been done.");
  return out + "</svg>\n";
}

}  // namespace countersign::procedure
