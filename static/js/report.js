/* Charts of a report. Everything they show stands in the tables; without this script nothing is missing. */
(function () {
    "use strict";
    var store = document.getElementById("report-chart-data");
    if (!store || !window.echarts) { return; }
    var data = JSON.parse(store.textContent);
    var MAIN = "#0b5a8a", LIGHT = "#9cc3dd", INK = "#1b2733", LINE = "#d9e0e6";
    var FONT = '"Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif';
    var names = { type: "category", inverse: true, axisLine: { lineStyle: { color: LINE } }, axisTick: { show: false },
        axisLabel: { color: INK, fontSize: 13, interval: 0 } };
    var plain = { type: "value", min: 0, splitLine: { lineStyle: { color: LINE } }, axisLabel: { color: INK } };
    // Right to left below the highest bar there must be room for its label.
    var grid = { left: 8, right: 56, top: 8, bottom: 8, containLabel: true };

    function texts(rows, name) { return rows.map(function (row) { return row[name]; }); }

    function label(formatter, inside, color) {
        return { show: true, position: inside ? "inside" : "right", color: color || INK, fontSize: 13, formatter: formatter };
    }

    function days(name, rows, colour, ink) {
        var first = rows.findIndex(function (row) { return row[name] > 0; });
        return { type: "bar", stack: "days", barMaxWidth: 22, itemStyle: { color: colour }, data: texts(rows, name),
            // The first bar names its parts, in place of a legend.
            label: label(function (part) {
                if (!part.value) { return ""; }
                return part.dataIndex === first ? data.words[name] + " " + part.value : String(part.value);
            }, name === "department", ink) };
    }

    var charts = {
        rates: function (rows) {
            return { xAxis: Object.assign({ max: 100 }, plain), yAxis: Object.assign({ data: texts(rows, "name") }, names), grid: grid,
                series: [{ type: "bar", barMaxWidth: 22, itemStyle: { color: MAIN }, data: texts(rows, "value"),
                    label: label(function (part) { return rows[part.dataIndex].text; }) }] };
        },
        days: function (rows) {
            return { xAxis: plain, yAxis: Object.assign({ data: texts(rows, "name") }, names), grid: grid,
                series: [days("department", rows, MAIN, "#ffffff"), days("bureau", rows, LIGHT, INK)] };
        },
        quarters: function (rows) {
            return { xAxis: Object.assign({}, names, { inverse: false, boundaryGap: true, data: texts(rows, "name") }),
                yAxis: Object.assign({ max: 100 }, plain), grid: { left: 8, right: 24, top: 28, bottom: 8, containLabel: true },
                series: [{ type: "line", symbol: "circle", symbolSize: 8, itemStyle: { color: MAIN }, lineStyle: { color: MAIN, width: 2 },
                    data: texts(rows, "value"),
                    label: Object.assign(label(function (part) { return rows[part.dataIndex].text; }), { position: "top" }) }] };
        }
    };

    document.querySelectorAll("[data-chart]").forEach(function (box) {
        var kind = box.dataset.chart, rows = data[kind];
        if (!rows.some(function (row) { return kind === "days" || row.value !== null; })) { return; }
        box.closest("figure").hidden = false;
        box.style.height = (kind === "quarters" ? 240 : Math.max(120, 40 + rows.length * 34)) + "px";
        var chart = window.echarts.init(box, null, { devicePixelRatio: Math.max(2, window.devicePixelRatio || 1) });
        chart.setOption(Object.assign({ animation: false, textStyle: { fontFamily: FONT } }, charts[kind](rows)));
        new ResizeObserver(function () { chart.resize(); }).observe(box);
    });
})();
