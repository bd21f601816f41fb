// A provider on Terraform's old plug-in SDK (protocol 5), as most of the large ones are: its plans and results do not keep to the rules of the
// newer protocol, and Terraform lets them pass. Its objects live in the files of a directory.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strconv"

	"github.com/hashicorp/terraform-plugin-sdk/v2/diag"
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/hashicorp/terraform-plugin-sdk/v2/plugin"
)

func main() {
	plugin.Serve(&plugin.ServeOpts{ProviderFunc: provider, ProviderAddr: "situs.example/test/legacy"})
}

func provider() *schema.Provider {
	return &schema.Provider{
		Schema: map[string]*schema.Schema{
			"directory": {Type: schema.TypeString, Required: true},
		},
		ResourcesMap:         map[string]*schema.Resource{"legacy_box": box()},
		DataSourcesMap:       map[string]*schema.Resource{"legacy_box": boxes()},
		ConfigureContextFunc: configure,
	}
}

func configure(_ context.Context, d *schema.ResourceData) (any, diag.Diagnostics) {
	return d.Get("directory").(string), nil
}

func text(more schema.Schema) *schema.Schema {
	more.Type = schema.TypeString
	return &more
}

func box() *schema.Resource {
	lid := &schema.Resource{Schema: map[string]*schema.Schema{
		"colour": text(schema.Schema{Required: true}),
		"locked": {Type: schema.TypeBool, Optional: true, Default: false},
		"serial": text(schema.Schema{Computed: true}),
	}}
	label := &schema.Resource{Schema: map[string]*schema.Schema{
		"key":   text(schema.Schema{Required: true}),
		"value": text(schema.Schema{Optional: true}),
	}}
	rule := &schema.Resource{Schema: map[string]*schema.Schema{
		"port": {Type: schema.TypeInt, Optional: true},
		"from": text(schema.Schema{Optional: true}),
	}}
	return &schema.Resource{
		SchemaVersion: 2,
		CreateContext: create,
		ReadContext:   read,
		UpdateContext: update,
		DeleteContext: remove,
		Importer:      &schema.ResourceImporter{StateContext: schema.ImportStatePassthroughContext},
		Timeouts:      &schema.ResourceTimeout{Create: schema.DefaultTimeout(60e9)},
		StateUpgraders: []schema.StateUpgrader{{
			Version: 1,
			Type:    box1().CoreConfigSchema().ImpliedType(),
			Upgrade: func(_ context.Context, kept map[string]any, _ any) (map[string]any, error) {
				kept["name"] = kept["title"]
				delete(kept, "title")
				return kept, nil
			},
		}},
		Schema: map[string]*schema.Schema{
			"name":  text(schema.Schema{Required: true, ForceNew: true}),
			"note":  text(schema.Schema{Optional: true}),
			"owner": text(schema.Schema{Optional: true, Computed: true}),
			"made":  text(schema.Schema{Computed: true}),
			"width": {Type: schema.TypeFloat, Optional: true, Default: 1.5},
			"words": {Type: schema.TypeList, Optional: true, Elem: &schema.Schema{Type: schema.TypeString}},
			"lid":   {Type: schema.TypeList, Optional: true, MaxItems: 1, Elem: lid},
			"label": {Type: schema.TypeSet, Optional: true, Elem: label},
			"rules": {Type: schema.TypeList, Optional: true, Computed: true, ConfigMode: schema.SchemaConfigModeAttr, Elem: rule},
			"pin":   text(schema.Schema{Optional: true, Sensitive: true}),
		},
	}
}

// A box as it was at version 1.
func box1() *schema.Resource {
	return &schema.Resource{Schema: map[string]*schema.Schema{
		"title": text(schema.Schema{Required: true}),
		"note":  text(schema.Schema{Optional: true}),
	}}
}

func file(directory any, id string) string { return filepath.Join(directory.(string), id+".json") }

func write(d *schema.ResourceData, directory any, made int) diag.Diagnostics {
	object := map[string]any{"note": d.Get("note"), "owner": d.Get("owner"), "made": strconv.Itoa(made)}
	if object["owner"] == "" {
		object["owner"] = "nobody"
	}
	bytes, err := json.Marshal(object)
	if err == nil {
		err = os.WriteFile(file(directory, d.Id()), bytes, 0o644)
	}
	return diag.FromErr(err)
}

func create(ctx context.Context, d *schema.ResourceData, directory any) diag.Diagnostics {
	d.SetId("box-" + d.Get("name").(string))
	if said := write(d, directory, 1); said.HasError() {
		return said
	}
	if lids := d.Get("lid").([]any); len(lids) == 1 {
		lid := lids[0].(map[string]any)
		lid["serial"] = "serial-" + d.Get("name").(string)
		if err := d.Set("lid", lids); err != nil {
			return diag.FromErr(err)
		}
	}
	if d.Get("note").(string) == "half" {
		return diag.Errorf("only half of the box could be made")
	}
	return read(ctx, d, directory)
}

func read(_ context.Context, d *schema.ResourceData, directory any) diag.Diagnostics {
	bytes, err := os.ReadFile(file(directory, d.Id()))
	if errors.Is(err, os.ErrNotExist) {
		d.SetId("")
		return nil
	}
	var object map[string]any
	if err == nil {
		err = json.Unmarshal(bytes, &object)
	}
	if err != nil {
		return diag.FromErr(err)
	}
	for _, name := range []string{"note", "owner", "made"} {
		if err := d.Set(name, object[name]); err != nil {
			return diag.FromErr(err)
		}
	}
	return diag.FromErr(d.Set("name", d.Id()[len("box-"):]))
}

func update(ctx context.Context, d *schema.ResourceData, directory any) diag.Diagnostics {
	if said := write(d, directory, 2); said.HasError() {
		return said
	}
	return read(ctx, d, directory)
}

func remove(_ context.Context, d *schema.ResourceData, directory any) diag.Diagnostics {
	if err := os.Remove(file(directory, d.Id())); err != nil && !errors.Is(err, os.ErrNotExist) {
		return diag.FromErr(err)
	}
	return nil
}

func boxes() *schema.Resource {
	return &schema.Resource{
		ReadContext: func(_ context.Context, d *schema.ResourceData, directory any) diag.Diagnostics {
			entries, err := os.ReadDir(directory.(string))
			if err != nil {
				return diag.FromErr(err)
			}
			names := []any{}
			for _, entry := range entries {
				names = append(names, entry.Name())
			}
			d.SetId("all")
			return diag.FromErr(d.Set("names", names))
		},
		Schema: map[string]*schema.Schema{
			"names": {Type: schema.TypeList, Computed: true, Elem: &schema.Schema{Type: schema.TypeString}},
		},
	}
}
