#include "engine/dataset/croissant.hpp"

#include "engine/error/error.hpp"
#include "engine/files/whole_file.hpp"

namespace wattstein::engine {
namespace {

using nlohmann::ordered_json;

constexpr std::uintmax_t largest_summed_file = std::uintmax_t{256} << 20;

const char* croissant_type(ColumnType type) {
  switch (type) {
    case ColumnType::integer:
      return "sc:Integer";
    case ColumnType::flag:
      return "sc:Boolean";
    case ColumnType::text:
      return "sc:Text";
    default:
      return "sc:Float";
  }
}

ordered_json field_of(const std::string& path, const DescribedColumn& column) {
  ordered_json field;
  field["@type"] = "cr:Field";
  field["@id"] = fmt::format("{}/{}", path, column.name);
  field["name"] = column.name;
  field["description"] = column.meaning + (column.units.empty() ? "" : ", " + column.units);
  field["dataType"] = croissant_type(column.type);
  if (!column.shape.empty()) {
    std::string shape;
    for (const auto axis : column.shape) shape += (shape.empty() ? "" : ",") + std::to_string(axis);
    field["isArray"] = true;
    field["arrayShape"] = shape;
  }
  field["source"] = {{"fileObject", {{"@id", path}}}, {"extract", {{"column", column.name}}}};
  return field;
}

}  // namespace

ordered_json croissant(const std::filesystem::path& folder, const std::string& name, const std::string& description,
                       const std::vector<DescribedSplit>& splits) {
  ordered_json out;
  out["@context"] = {{"@language", "en"},
                     {"@vocab", "https://schema.org/"},
                     {"sc", "https://schema.org/"},
                     {"cr", "http://mlcommons.org/croissant/"},
                     {"dct", "http://purl.org/dc/terms/"},
                     {"conformsTo", "dct:conformsTo"},
                     {"recordSet", "cr:recordSet"},
                     {"field", "cr:field"},
                     {"dataType", {{"@id", "cr:dataType"}, {"@type", "@vocab"}}},
                     {"source", "cr:source"},
                     {"extract", "cr:extract"},
                     {"fileObject", "cr:fileObject"},
                     {"isArray", "cr:isArray"},
                     {"arrayShape", "cr:arrayShape"}};
  out["@type"] = "sc:Dataset";
  out["conformsTo"] = "http://mlcommons.org/croissant/1.0";
  out["name"] = name;
  out["description"] = description;
  out["distribution"] = ordered_json::array();
  out["recordSet"] = ordered_json::array();
  for (const auto& split : splits) {
    ordered_json set;
    set["@type"] = "cr:RecordSet";
    set["@id"] = set["name"] = split.name;
    set["description"] = fmt::format("{} rows", split.rows);
    set["field"] = ordered_json::array();
    for (const auto& described : split.files) {
      const auto file = folder / described.path;
      if (!std::filesystem::exists(file)) continue;
      ordered_json item;
      item["@type"] = "cr:FileObject";
      item["@id"] = item["name"] = described.path;
      item["contentUrl"] = described.path;
      item["encodingFormat"] = "application/x-hdf5";
      const auto size = std::filesystem::file_size(file);
      item["contentSize"] = fmt::format("{} B", size);
      if (size <= largest_summed_file) item["sha256"] = files::sha256_of_file(file);
      out["distribution"].push_back(std::move(item));
      for (const auto& column : described.columns) set["field"].push_back(field_of(described.path, column));
    }
    out["recordSet"].push_back(std::move(set));
  }
  return out;
}

}  // namespace wattstein::engine
